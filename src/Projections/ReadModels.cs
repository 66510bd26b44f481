namespace Debci.Projections;

/// <summary>The read models of this version.</summary>
public static class ReadModels
{
    /// <summary>All of them, fresh.</summary>
    public static IReadOnlyList<IReadModel> All() =>
        [new QueueModel(), new RunsModel(), new IndexModel(), new HistoryModel(), new WorkersModel(), new PackagesModel(), new PoliciesModel(), new NeedsModel(),
            new QueuePastModel(), new PoliciesPastModel(), new DecisionsModel(), new ProofModel(), new StatusesModel(), new TmpfailsModel()];
}
