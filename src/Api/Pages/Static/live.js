// Keeps a page up to date: follows the runs that concern it, fetches the page anew when one changes, and puts the regions that
// differ in place of the old ones. Without it every page is whole, as of the time in its footer.

const quiet = 500; // ms between two fetches, so that a burst of changes costs two
const page = { live: document.body.dataset.live, cursor: document.body.dataset.seen };
const status = document.getElementById("live");
let fetching = false, again = false, last = 0;

if (page.live) follow();
const box = document.getElementById("q");
if (box) searchAsOneTypes(box);

// Subscribes behind the last cursor, again and again; a longer pause after each failure in a row.
async function follow() {
    for (let failures = 0; ;) {
        try {
            for await (const answer of events()) {
                if (answer.errors) throw new Error(answer.errors[0].message);
                page.cursor = answer.data.runChanged.cursor;
                failures = 0;
                refresh(describe(answer.data.runChanged.run));
            }
        } catch (cut) {
            if (String(cut.message).includes("position")) location.reload(); // another log: the server was made anew
        }
        failures++;
        await pause(Math.min(30000, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
    }
}

async function* events() {
    const answer = await fetch("/graphql", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
        body: JSON.stringify({
            query: "subscription ($filter: RunFilter, $after: String) { runChanged(filter: $filter, after: $after) { cursor run { id package suite arch state status } } }",
            variables: { filter: JSON.parse(page.live), after: page.cursor },
        }),
    });
    if (!answer.ok) throw new Error("refused: " + answer.status);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ;) {
        const { value, done } = await reader.read();
        if (done) return;
        text += value;
        for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
            const data = text.slice(0, end).split("\n").find(line => line.startsWith("data: {"));
            if (data) yield JSON.parse(data.slice(6));
        }
    }
}

// At once, then at most every half second; what changes meanwhile is seen by the next fetch.
async function refresh(words) {
    if (fetching) { again = true; return; }
    fetching = true;
    do {
        again = false;
        await pause(Math.max(0, last + quiet - Date.now()));
        last = Date.now();
        try {
            const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
            if (answer.ok) replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
        } catch { again = true; }
    } while (again);
    fetching = false;
    status.textContent = words;
}

function replace(fresh) {
    for (const region of document.querySelectorAll("[data-live]")) {
        const next = fresh.getElementById(region.id);
        if (!next || !region.id || next.innerHTML === region.innerHTML) continue;
        if (!("live" in next.dataset)) { // the log has begun, and goes on by its own script
            region.replaceWith(next);
            dispatchEvent(new Event("log"));
            continue;
        }
        const focused = document.activeElement && region.contains(document.activeElement) ? addressOf(document.activeElement) : null;
        const before = new Map([...region.querySelectorAll("[id]")].map(e => [e.id, withoutTimes(e)]));
        region.className = next.className;
        region.replaceChildren(...next.childNodes);
        for (const e of region.querySelectorAll("tr[id], li[id], td[id]"))
            if (before.get(e.id) !== withoutTimes(e)) e.classList.add("changed");
        if (focused) region.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    document.title = fresh.title;
}

// "5 min ago" is no change.
function withoutTimes(element) {
    const copy = element.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.remove();
    return copy.textContent;
}

function addressOf(element) { return element.getAttribute("href"); }

function describe(run) { return `${run.package} on ${run.suite}/${run.arch}: ${(run.status ?? run.state).toLowerCase()}`; }

function pause(ms) { return new Promise(done => setTimeout(done, ms)); }

// On the first page and in the search the list follows the box; elsewhere the form does its work.
function searchAsOneTypes(input) {
    const found = document.getElementById("found");
    if (!found) return;
    let waiting;
    input.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(async () => {
            const words = input.value.trim();
            found.hidden = words === "";
            if (words === "") return;
            const answer = await fetch("/search?q=" + encodeURIComponent(words));
            if (!answer.ok || input.value.trim() !== words) return; // an older answer
            found.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found").childNodes);
        }, 120);
    });
}
