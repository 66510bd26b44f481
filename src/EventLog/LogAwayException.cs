namespace Debci.EventLog;

/// <summary>
/// The log's engine does not answer, or refuses this server. The sentence says which part, and what to look at; it is tried again by whoever
/// is in no hurry. What was being appended may be stored: it is sent again with the same ids.
/// </summary>
public sealed class LogAwayException(string sentence, Exception? cause = null) : IOException(sentence, cause);
