// A log on a run's page: lines are fetched when their section is opened or scrolled to, and added while the test runs.
// A viewer who comes late stays at the top; "Follow" keeps the newest line in sight.

const Window = 500; // lines a fetch
let log;
start();
addEventListener("log", start); // a run that waited has begun
addEventListener("hashchange", showAddressed);

function start() {
    log = document.querySelector("#log[data-run]");
    if (!log) return;
    log.querySelectorAll("details").forEach(equip);
    showAddressed();
    if (log.dataset.complete === "false") grow();
}

function of(section, name) { return Number(section.dataset[name]); }
function end(section) { return of(section, "first") + of(section, "lines"); }
function address(path) { return `/runs/${log.dataset.run}/attempts/${log.dataset.attempt}/log/${path}`; }

// Opened, a section gets its first lines; its rest when the end of what is there comes near.
function equip(section) {
    const seen = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting)) load(section); }, { rootMargin: "800px" });
    section.querySelector(".more")?.remove();
    const more = section.appendChild(document.createElement("p"));
    more.className = "more";
    seen.observe(more);
    section.addEventListener("toggle", () => { if (section.open) load(section); });
}

// One fetch a section at a time, which all who want its lines wait for; the next one begins behind what has come.
function load(section) {
    if (!section.open || of(section, "next") >= end(section)) return section.loading;
    return section.loading ??= fetchLines(section).finally(() => {
        section.loading = undefined;
        if (of(section, "next") < end(section) && !section.failed && isNear(section.querySelector(".more"))) load(section);
    });
}

async function fetchLines(section) {
    const more = section.querySelector(".more");
    more.textContent = "Loading …";
    try {
        const from = of(section, "next");
        const answer = await fetch(address(`lines?from=${from}&count=${Math.min(Window, end(section) - from)}`));
        if (!answer.ok) throw new Error(answer.status);
        const rows = new DOMParser().parseFromString(`<ol>${await answer.text()}</ol>`, "text/html").querySelectorAll("li");
        section.querySelector("ol").append(...rows);
        section.dataset.next = rows.length ? rows[rows.length - 1].value + 1 : end(section);
        more.textContent = "";
        section.failed = false;
    } catch {
        more.textContent = "The lines could not be fetched; open the section again.";
        section.failed = true;
    }
}

function isNear(element) {
    const box = element.getBoundingClientRect();
    return box.top < innerHeight + 800 && box.bottom > -800;
}

// #L120 opens the section that holds the line, and goes there.
async function showAddressed() {
    const line = Number(/^#L(\d+)$/.exec(location.hash)?.[1]);
    if (!line || !log) return;
    if (!document.getElementById(`L${line}`)) {
        const section = [...log.querySelectorAll("details")].find(s => of(s, "first") <= line && line < end(s));
        if (!section) return;
        if (line - of(section, "next") > 2 * Window || line < of(section, "next")) { // far away: a page that begins there
            location.href = `/runs/${log.dataset.run}?line=${line}#L${line}`;
            return;
        }
        section.open = true;
        for (section.failed = false; of(section, "next") <= line && !section.failed;) await load(section);
    }
    const row = document.getElementById(`L${line}`);
    if (!row) return;
    row.closest("details").open = true;
    row.scrollIntoView({ block: "center" });
}

// While the test runs: wait until there is more, then show it where its section is open.
async function grow() {
    const follow = followBox();
    for (let failures = 0; ;) {
        try {
            const answer = await fetch(address(`outline?bytes=${log.dataset.bytes}&wait=20`));
            if (!answer.ok) throw new Error(answer.status);
            const outline = await answer.json();
            await update(outline, follow);
            failures = 0;
            if (outline.newest > Number(log.dataset.attempt)) { location.reload(); return; } // another attempt has begun
            if (outline.complete) { log.dataset.complete = "true"; follow.closest("label").remove(); return; }
        } catch {
            failures++;
        }
        await new Promise(done => setTimeout(done, failures ? Math.min(30000, 500 * 2 ** failures) : 250));
    }
}

async function update(outline, follow) {
    log.dataset.bytes = outline.bytes;
    log.querySelector(".none")?.remove();
    for (const part of outline.sections) {
        let section = log.querySelector(`details[data-first="${part.first}"]`);
        if (!section) {
            section = log.appendChild(document.createElement("details"));
            Object.assign(section.dataset, { first: part.first, next: part.first, lines: part.lines });
            section.appendChild(document.createElement("summary"));
            section.appendChild(document.createElement("ol")).className = "log";
            equip(section);
            section.open = part.open;
        }
        const grown = of(section, "lines") !== part.lines;
        section.dataset.lines = part.lines;
        if (grown || !section.querySelector("summary").textContent) {
            section.querySelector("summary").replaceChildren(part.title + " ", Object.assign(document.createElement("span"), { className: "quiet", textContent: `${part.lines} lines` }));
            if (section.open && (follow.checked || isNear(section.querySelector(".more")))) await load(section);
        }
    }
    if (follow.checked) log.lastElementChild.scrollIntoView({ block: "end" });
}

function followBox() {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    label.className = "follow";
    label.append(box, " Follow");
    log.querySelector("h2").after(label);
    return box;
}
