// One Swift serves all of them; tests that kill one have their own.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
