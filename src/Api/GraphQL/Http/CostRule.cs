using System.Collections.Frozen;
using System.Globalization;
using GraphQL;
using GraphQL.Validation;
using GraphQL.Validation.Complexity;
using GraphQL.Validation.Errors.Custom;
using GraphQL.Validation.Rules.Custom;
using GraphQLParser.AST;

namespace Debci.Api.GraphQL.Http;

/// <summary>Refuses what is too deep or too dear before anything of it runs, and notes for the answer what it costs.</summary>
internal sealed class CostRule(int mostDepth, int mostCost, Documents documents)
    : ComplexityValidationRule(Counting())
{
    /// <summary>The cost's name in the user context and among the extensions.</summary>
    public const string Key = "cost";

    // The fields of the schema's own types that lead from type to type, and so can go in circles.
    private static readonly FrozenSet<string> Circling = FrozenSet.Create(StringComparer.Ordinal, "fields", "inputFields", "interfaces", "possibleTypes");

    // Beyond it a number means nothing, and JSON has none for the infinite.
    private const double MostShown = 1e15;

    // Variables without number of one document would fill the memory with its costs.
    private const int MostKept = 100;

    protected override async ValueTask<(double TotalComplexity, int MaximumDepth)> CalculateComplexityAsync(ValidationContext context)
    {
        if (documents.CostsOf(context.Document) is not { } kept)
            return await base.CalculateComplexityAsync(context);
        var what = $"{context.Operation.Name?.StringValue}({string.Join(',', context.Operation.Variables?.Items.Select(v => Matter(context, v)) ?? [])})";
        if (kept.TryGetValue(what, out var known))
            return known;
        if (kept.Count >= MostKept)
            kept.Clear();
        return kept[what] = await base.CalculateComplexityAsync(context);
    }

    protected override ValueTask ValidateComplexityAsync(ValidationContext context, double totalComplexity, int maxDepth)
    {
        var cost = new Dictionary<string, object?>
        {
            ["cost"] = (long)Math.Min(Math.Ceiling(totalComplexity), MostShown), ["limit"] = mostCost, ["depth"] = maxDepth, ["depthLimit"] = mostDepth,
        };
        context.UserContext[Key] = cost;
        if (totalComplexity > mostCost)
            Refuse(context, cost, $"This costs about {cost[Key]}, and {mostCost} is the most at once; ask for fewer (first) or for less of each.");
        if (maxDepth > mostDepth)
            Refuse(context, cost, $"This is nested {maxDepth} deep, and {mostDepth} is the most; ask in several steps.");
        return ValueTask.CompletedTask;
    }

    // The schema is of known size, and every tool asks for all of it at once: that is cheap. What asks for the types of types of types is not.
    private static ComplexityOptions Counting()
    {
        var options = new ComplexityOptions();
        var usual = options.DefaultComplexityImpactDelegate;
        options.DefaultComplexityImpactDelegate = field =>
        {
            if (field.ParentType.Name.StartsWith("__", StringComparison.Ordinal))
                return new FieldComplexityResult(1, Circles(field) ? 50 : 1);
            var impact = usual(field);
            return new FieldComplexityResult(impact.FieldImpact, Math.Max(impact.ChildImpactMultiplier, 1)); // or first: -1000 would pay for others
        };
        return options;
    }

    private static bool Circles(FieldImpactContext field)
    {
        if (!Circling.Contains(field.FieldDefinition.Name))
            return false;
        for (var above = field.Parent; above is not null; above = above.Value.Parent)
        {
            if (Circling.Contains(above.Value.FieldDefinition.Name))
                return true;
        }
        return false;
    }

    // The cost looks at how many are asked for, at whether an id is given, and at @skip and @include: at numbers and booleans, and of all
    // else at whether it is there. So a program that asks for one package after the other is costed once.
    private static string Matter(ValidationContext context, GraphQLVariableDefinition variable) =>
        !context.Variables.TryGetValue(variable.Variable.Name.StringValue, out var value) ? "-" : value switch
        {
            null => "null",
            true => "true",
            false => "false",
            int or long or double or decimal => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
            _ => "…",
        };

    private static void Refuse(ValidationContext context, Dictionary<string, object?> cost, string sentence)
    {
        var error = new ComplexityError(sentence);
        error.AddExtension(Key, cost);
        context.ReportError(error);
    }
}
