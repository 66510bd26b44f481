namespace Debci.Amqp.Tests;

/// <summary>For tests under load in which a broker or a node ends: nothing runs by their side, so that what is slow in them is theirs.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public class Alone;
