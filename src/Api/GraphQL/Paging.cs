using Debci.Domain;
using GraphQL;
using GraphQL.Builders;
using GraphQL.Types;

namespace Debci.Api.GraphQL;

/// <summary>One page of a list, and whether there is more.</summary>
/// <param name="Nodes">What is on it.</param>
/// <param name="HasNext">Whether another page follows.</param>
/// <param name="Cursor">What to continue behind, for one of the nodes.</param>
public sealed record Page<T>(IReadOnlyList<T> Nodes, bool HasNext, Func<T, string> Cursor)
{
    /// <summary>Where it ends, when that is not behind its last node; what was looked at and left out lies before it.</summary>
    public string? End { get; init; }

    /// <summary>What was stored up to here is in it; nothing else, when it was asked for as of a moment. Of lists that can be.</summary>
    public long Position { get; init; }
}

/// <summary>Makes pages.</summary>
public static class Page
{
    /// <summary>Most nodes on a page.</summary>
    public const int Most = 500;

    /// <summary>A page out of <paramref name="rows"/>, for which one more than wanted was asked.</summary>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, int first, Func<T, string> cursor) =>
        new(rows.Count > first ? [.. rows.Take(first)] : rows, rows.Count > first, cursor);
}

/// <summary>A connection: nodes, the same as edges with their cursors, and whether more follow.</summary>
/// <typeparam name="TNode">The node's GraphQL type.</typeparam>
/// <typeparam name="T">The node's row.</typeparam>
public class ConnectionType<TNode, T> : ObjectGraphType<Page<T>> where TNode : IGraphType
{
    /// <summary>Named after its node.</summary>
    public ConnectionType()
    {
        Name = $"{typeof(TNode).Name[..^"Type".Length]}Connection";
        Description = "One page of a list.";
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<TNode>>>>("nodes").Description("What is on this page.").Resolve(c => c.Source.Nodes);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<EdgeType<TNode, T>>>>>("edges").Description("The same, each with its cursor.")
            .Resolve(c => c.Source.Nodes.Select(n => new Edge<T>(c.Source.Cursor(n), n)));
        Field<NonNullGraphType<PageInfoType>>("pageInfo").Description("Where this page ends.")
            .Resolve(c => new PageInfo(c.Source.HasNext, c.Source.End ?? (c.Source.Nodes.Count == 0 ? null : c.Source.Cursor(c.Source.Nodes[^1]))));
    }
}

/// <summary>A node and its cursor.</summary>
public sealed record Edge<T>(string Cursor, T Node);

/// <summary>A node and its cursor.</summary>
public sealed class EdgeType<TNode, T> : ObjectGraphType<Edge<T>> where TNode : IGraphType
{
    /// <summary>Named after its node.</summary>
    public EdgeType()
    {
        Name = $"{typeof(TNode).Name[..^"Type".Length]}Edge";
        Description = "A node and its cursor.";
        Field("cursor", e => e.Cursor).Description("Give it as `after` to continue behind this node.");
        Field<NonNullGraphType<TNode>>("node").Description("The node.").Resolve(c => c.Source.Node);
    }
}

/// <summary>Where a page ends.</summary>
public sealed record PageInfo(bool HasNextPage, string? EndCursor);

/// <summary>Where a page ends.</summary>
public sealed class PageInfoType : ObjectGraphType<PageInfo>
{
    /// <summary>As in the Relay connection specification, forwards only.</summary>
    public PageInfoType()
    {
        Name = "PageInfo";
        Description = "Where a page ends.";
        Field("hasNextPage", p => p.HasNextPage).Description("Whether another page follows.");
        Field("endCursor", p => p.EndCursor, nullable: true).Description("Give it as `after` for the next page.");
    }
}

/// <summary>The arguments that lists have in common.</summary>
internal static class PagingArguments
{
    public static FieldBuilder<TSource, TReturn> Paged<TSource, TReturn>(this FieldBuilder<TSource, TReturn> field) => field
        .Argument<IntGraphType>("first", a => { a.DefaultValue = 50; a.Description = $"How many nodes at most; 1 to {Page.Most}."; })
        .Argument<StringGraphType>("after", a => a.Description = "The cursor to continue behind.");

    /// <summary>The same for programs that fetch a great deal.</summary>
    public static FieldBuilder<TSource, TReturn> PagedInBulk<TSource, TReturn>(this FieldBuilder<TSource, TReturn> field, int most) => field
        .Argument<IntGraphType>("first", a => { a.DefaultValue = 500; a.Description = $"How many nodes at most; 1 to {most:#,0}."; })
        .Argument<StringGraphType>("after", a => a.Description = "The cursor to continue behind.");

    public static FieldBuilder<TSource, TReturn> AtLeast<TSource, TReturn>(this FieldBuilder<TSource, TReturn> field) =>
        field.Argument<StringGraphType>("minPosition", a => a.Description =
            "A position that a mutation answered: the answer is at least as new, and waits for that up to 10 seconds.");

    public static int First(this IResolveFieldContext context, int most = Page.Most)
    {
        var first = context.GetArgument<int>("first");
        return first >= 1 && first <= most ? first
            : throw new RefusedException(RefusalCode.Invalid, $"first = {first} is out of range; ask for 1 to {most} nodes a page.", "first");
    }

    public static string? After(this IResolveFieldContext context) => context.GetArgument<string?>("after");

    /// <summary>A cursor that is a number.</summary>
    public static long? AfterNumber(this IResolveFieldContext context) => context.After() switch
    {
        null => null,
        var text when long.TryParse(text, System.Globalization.NumberStyles.None, null, out var number) => number,
        _ => throw BadCursor(),
    };

    public static RefusedException BadCursor() => new(RefusalCode.Invalid, "This cursor is not of this list; give one that the list answered.", "after");
}
