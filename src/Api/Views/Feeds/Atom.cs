using System.Globalization;
using System.Text;
using System.Xml;
using Debci.Api.GraphQL;
using Debci.Api.Pages;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views.Feeds;

/// <summary>A feed of news.</summary>
/// <param name="Id">What it is called for ever, within this log.</param>
/// <param name="Title">Its title.</param>
/// <param name="Address">Where it is, without the host: whoever mirrors it has another.</param>
/// <param name="About">The page that it is about.</param>
/// <param name="Updated">When its newest entry came, or what it is about was begun.</param>
/// <param name="Entries">The newest first.</param>
public sealed record Feed(string Id, string Title, string Address, string About, DateTime Updated, IReadOnlyList<TransitionRow> Entries);

/// <summary>Writes feeds as Atom (RFC 4287). Ids are made of the log and the run, so that no entry is news twice, wherever it is read.</summary>
/// <param name="log">The log.</param>
public sealed class Atom(LogIdentity log)
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "application/atom+xml";

    private const string Namespace = "http://www.w3.org/2005/Atom";

    /// <summary>The document.</summary>
    public byte[] Write(Feed feed)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, CheckCharacters = true }))
        {
            xml.WriteStartElement("feed", Namespace);
            Element(xml, "id", Urn($"feed {feed.Id}"));
            Element(xml, "title", feed.Title);
            Element(xml, "subtitle", "Changes between pass, fail and neutral; what a testbed broke is none.");
            Element(xml, "updated", Time(feed.Updated));
            xml.WriteStartElement("author", Namespace);
            Element(xml, "name", "debci");
            xml.WriteEndElement();
            Link(xml, "self", ContentType, feed.Address);
            Link(xml, "alternate", "text/html", feed.About);
            foreach (var entry in feed.Entries)
                Write(xml, entry);
            xml.WriteEndElement();
        }
        return stream.ToArray();
    }

    private void Write(XmlWriter xml, TransitionRow row)
    {
        xml.WriteStartElement("entry", Namespace);
        Element(xml, "id", Urn($"run {row.Run}"));
        Element(xml, "title", $"{row.Package} {row.Version ?? "of an unknown version"}: {row.Was} → {row.Status} in {row.Suite} on {row.Arch}");
        Element(xml, "updated", Time(row.FinishedAt));
        Link(xml, "alternate", "text/html", Addresses.Run(row.Run));
        xml.WriteStartElement("category", Namespace);
        xml.WriteAttributeString("term", row.Status);
        xml.WriteEndElement();
        Element(xml, "summary", $"{row.Message}.{(row.Triggers.Length == 0 ? "" : $" Triggers: {row.Triggers}.")}");
        xml.WriteEndElement();
    }

    private string Urn(string name) => $"urn:uuid:{Uuid5.Create(Guid.Empty, $"{log.Id} {name}"):D}";

    private static void Element(XmlWriter xml, string name, string text)
    {
        xml.WriteStartElement(name, Namespace);
        xml.WriteString(string.Concat(text.EnumerateRunes().Where(IsXml)));
        xml.WriteEndElement();
    }

    // What no XML can hold, however it is written.
    private static bool IsXml(Rune rune) => rune.Value is >= 0x20 and not 0xFFFE and not 0xFFFF or '\t' or '\n' or '\r';

    private static void Link(XmlWriter xml, string rel, string type, string href)
    {
        xml.WriteStartElement("link", Namespace);
        xml.WriteAttributeString("rel", rel);
        xml.WriteAttributeString("type", type);
        xml.WriteAttributeString("href", href);
        xml.WriteEndElement();
    }

    private static string Time(DateTime at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
