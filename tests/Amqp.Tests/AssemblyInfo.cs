// The broker and its queues are shared by a few tests at once; those that kill brokers have their own.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
