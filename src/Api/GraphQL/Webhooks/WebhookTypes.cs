using Debci.Api.Webhooks;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Webhooks;

/// <summary>A webhook that was added.</summary>
public sealed record WebhookAdded(Guid Id, string Secret);

/// <summary>A webhook that was enabled or removed.</summary>
public sealed record WebhookChanged(Guid Id);

/// <summary>An address that is told of changes of runs.</summary>
public sealed class WebhookType : ObjectGraphType<Webhook>
{
    /// <summary>What it is told, and how that fares.</summary>
    public WebhookType(WebhookStore store, Positions positions)
    {
        Name = "Webhook";
        Description = "An address that is told of changes of runs.";
        Field<NonNullGraphType<IdGraphType>>("id").Description("Its id.").Resolve(c => c.Source.Id);
        Field("url", w => w.Url).Description("The address.");
        Field("package", w => w.Filter.Package, nullable: true).Description("Of this source package only.");
        Field("suite", w => w.Filter.Suite, nullable: true).Description("Of this suite only.");
        Field("arch", w => w.Filter.Arch, nullable: true).Description("On this architecture only.");
        Field<RunStateType>("state").Description("In this state only.").Resolve(c => c.Source.Filter.State);
        Field<StatusType>("status").Description("With this result only.").Resolve(c => c.Source.Filter.Status);
        Field("requester", w => w.Filter.Requester, nullable: true).Description("Asked for by this account only.");
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("It has been told everything up to here; a cursor of `runChanged`.").Resolve(c => positions.Show(c.Source.Cursor));
        Field<NonNullGraphType<DateTimeGraphType>>("createdAt").Description("Since when; UTC.").Resolve(c => c.Source.CreatedAt);
        Field("failures", w => w.Failures).Description("How often in a row it could not be told.");
        Field<DateTimeGraphType>("failingSince").Description("Since when it cannot be told; null while it can.").Resolve(c => c.Source.FailingSince);
        Field<DateTimeGraphType>("nextAt").Description("When that is tried again; null for at once.").Resolve(c => c.Source.NextAt);
        Field<DateTimeGraphType>("disabledAt").Description("Since when it is told nothing more; null while it is.").Resolve(c => c.Source.DisabledAt);
        Field("disabledWhy", w => w.DisabledWhy, nullable: true).Description("Why.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<WebhookDeliveryType>>>>("deliveries").Description($"The last tries to tell it, the newest first; {WebhookStore.Remembered} are remembered.")
            .Argument<IntGraphType>("first", arg => { arg.Description = "How many at most."; arg.DefaultValue = 20; })
            .ResolveAsync(async c => await store.Deliveries(c.Source.Id, Math.Clamp(c.GetArgument<int>("first"), 0, WebhookStore.Remembered), c.CancellationToken));
    }
}

/// <summary>One try to tell.</summary>
public sealed class WebhookDeliveryType : ObjectGraphType<WebhookDelivery>
{
    /// <summary>When, of what, and what came of it.</summary>
    public WebhookDeliveryType()
    {
        Name = "WebhookDelivery";
        Description = "One try to tell a webhook.";
        Field<NonNullGraphType<DateTimeGraphType>>("at").Description("When; UTC.").Resolve(c => c.Source.At);
        Field<NonNullGraphType<IdGraphType>>("run").Description("Of which run.").Resolve(c => c.Source.Run);
        Field("succeeded", d => d.Succeeded).Description("Whether it was taken.");
        Field("outcome", d => d.Outcome).Description("What was answered, or why nothing was.");
        Field("seconds", d => d.Seconds).Description("How long it took.");
    }
}

/// <summary>A webhook that was added.</summary>
public sealed class WebhookAddedType : ObjectGraphType<WebhookAdded>
{
    /// <summary>Its id and secret.</summary>
    public WebhookAddedType()
    {
        Name = "WebhookAdded";
        Description = "A webhook that was added.";
        Field<NonNullGraphType<IdGraphType>>("id").Description("Its id.").Resolve(c => c.Source.Id);
        Field("secret", w => w.Secret).Description("What its deliveries are signed with. It is told this once.");
    }
}

/// <summary>A webhook that was enabled or removed.</summary>
public sealed class WebhookChangedType : ObjectGraphType<WebhookChanged>
{
    /// <summary>Its id.</summary>
    public WebhookChangedType()
    {
        Name = "WebhookChanged";
        Description = "A webhook that was changed.";
        Field<NonNullGraphType<IdGraphType>>("id").Description("Its id.").Resolve(c => c.Source.Id);
    }
}
