"""Turns the figures of a run into docs/performance.md."""


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def met(value, aim, at_least):
    good = value >= aim if at_least else value <= aim
    return f"{'met' if good else '**missed**'} ({'≥' if at_least else '≤'} {aim:g})"


AIMS = {"neighbours": 1.4, "scattered": 0.9}


def markdown(results):
    out = [f"""# Performance

Written by `make bench` on {results['date']}: {results['machine']}; server, database and load generator (`wrk`) share
them. {results['rows']:,} opportunities, runs of {results['seconds']} s, medians of {results['rounds']} turns. Absolute
figures are this machine's; the ratios are what is claimed, each against something measured turn by turn in the same run.
Parts may have been measured apart (`bench/run.py --only PART,…`): absolute figures of two parts do not compare.
"""]
    if "bulk" in results:
        rows = [(row["pattern"], f"{row['rate']:,.0f}", f"{row['bare']:,.0f}", f"**{row['ratio']:.2f}**",
                 met(row["ratio"], AIMS[row["pattern"]], True), f"{row['p50']:.1f}", f"{row['p99']:.1f}",
                 met(row["p99"] / row["p50"], 5, False), f"{row['peak']:.0f}") for row in results["bulk"]]
        out.append("## Bulk assignment of 100, 32 connections, SQLite\n\n"
                   "Against the bare loop: the same SQL through the driver, one commit per batch, no HTTP, no JSON, no "
                   "tokens. *Neighbours* lie side by side in the list, *scattered* ones anywhere in it.\n\n"
                   "![Batches a second on SQLite](performance/sqlite-bulk.svg)\n\n"
                   + table(["rows", "batches/s", "bare loop, batches/s", "ratio", "aim", "p50 ms", "p99 ms", "p99/p50",
                            "peak memory, MB (aim < 150)"], rows))
        rows = [(row["pattern"], ", ".join(f"{name} {share:.2f}" for name, share in sorted(
            row.get("busy", {}).items(), key=lambda one: -one[1]))) for row in results["bulk"]]
        out.append("Where the time goes: processors that the server's threads kept busy (of "
                   f"{results['cores']} that the load generator uses as well).\n\n" + table(["rows", "threads"], rows))
    if "singles" in results:
        rows = [(row["pattern"], f"{row['bulk']:,.0f}", f"{row['single']:,.0f}", f"**{row['ratio']:.0f}**",
                 met(row["ratio"], 20, True)) for row in results["singles"]]
        out.append("## One bulk request against a hundred single ones, ten connections\n\n"
                   + table(["rows", "bulk requests/s", "single requests/s", "times faster per opportunity", "aim"], rows))
    if "lists" in results:
        rows = [(row["kind"], f"{row['rate']:,.0f}", f"{row['p50']:.1f}", f"{row['p99']:.1f}", f"{row['max']:.0f}",
                 met(row["p99"], 50, False)) for row in results["lists"]]
        out.append("## List pages of 50, two readers, another client writing\n\nEach kind with every sort and both "
                   "orders; *page* is any page from the first to the last. Some seconds of lists go before, in which the "
                   "process makes what it finds lists in; what a search finds is kept from its first time on.\n\n"
                   + table(["pages", "per second", "p50 ms", "p99 ms", "max ms", "aim (p99)"], rows))
    if "growth" in results:
        first = results["growth"][0]
        rows = [(f"{row['rows']:,}", f"{row['neighbours']:,.0f}", f"{first['neighbours'] / row['neighbours']:.2f}",
                 f"{row['scattered']:,.0f}", f"{first['scattered'] / row['scattered']:.2f}")
                for row in results["growth"]]
        out.append("## Cost of a bulk request as the table grows (aim: within 1.5)\n\n"
                   + table(["opportunities", "neighbours/s", "cost against the smallest", "scattered/s",
                            "cost against the smallest"], rows))
    if "starts" in results:
        row = results["starts"]
        out.append("## Start and memory\n\n" + table(
            ["", "measured", "aim"],
            [("start to ready, ms", f"{row['ready_ms']:.0f}", met(row["ready_ms"], 100, False)),
             ("resident at rest without lists, MB", f"{row['idle_mb']:.0f}", met(row["idle_mb"], 64, False)),
             ("start to lists in memory, taken over from the last process, ms", f"{row['kept_ms']:.0f}", met(row["kept_ms"], 1_000, False)),
             ("the same, made anew, ms", f"{row['made_ms']:.0f}", ""),
             ("resident with lists and what searches look in, MB", f"{row['lists_mb']:.0f}", "")]))
    out += in_browser(results) + postgres(results) + features(results) + imported(results) + attacks(results)
    return "\n".join(out)


def in_browser(results):
    """The part about the admin page."""
    if "page" not in results:
        return []
    page = results["page"]
    out = ["## The page in a browser\n\nThe admin page that the program carries, on SQLite, in headless Chromium on the same "
           f"machine; {page['turns']} turns, each with nothing read before. *Own* is processor time of the page's main thread: what is "
           "beyond it was spent waiting: for the service, for a frame, for a processor.\n"]
    names = {"opened": "list opened", "next": "next page", "filtered": "another filter", "sorted": "another order"}
    rows = [(names[kind], of(row["painted"]), met(row["painted"]["max"], 300, False), of(row["ownPainted"]),
             of(row["whole"]), of(row["ownWhole"])) for kind, row in page["lists"].items()]
    out.append("From the moment that a list of 50 has come to its rows on the screen; the whole from the click, or from the "
               "address, with the service's answer in it. In ms, the median and the greatest:\n\n"
               + table(["what", "answer to rows", "aim (greatest)", "own of that", "whole", "own of the whole"], rows))
    names = {"size": "1,000 rows on a page", "whole": "the box of the page", "range": "first row, then the last with Shift",
             "many": "“Select more…”: the first 1,000"}
    longest = lambda ms: f"{ms:.0f}" if ms else "under 50"
    rows = [(names[kind], f"{longest(row['wall']['median'])}, {longest(row['wall']['max'])}", met(row["wall"]["max"], 100, False),
             of(row["own"])) for kind, row in page["selecting"].items()]
    out.append("The longest task while 1,000 rows are put on a page and selected, in ms, the median and the greatest; the browser "
               "tells of none under 50:\n\n" + table(["what", "longest task", "aim (greatest)", "own"], rows))
    names = {"dealing": "“Distribute”", "listing": "filters, order, selection, “Assign”"}
    rows = [(names[kind], f"{row['clicks']['median']:.0f}", f"{row['keys']['median']:.0f}", of(row["seconds"], 1))
            for kind, row in page["morning"].items()]
    out.append("The morning's job: 300 of the best free leads to three agents, from the list as it opens to the result, as fast as "
               "the page lets it be done:\n\n" + table(["by", "clicks", "keys", "seconds, median and greatest"], rows))
    return out


def of(figure, digits=0):
    return f"{figure['median']:.{digits}f}, {figure['max']:.{digits}f}"


ORIGIN = "the original request's"


def postgres(results):
    """The part about PostgreSQL."""
    out = []
    if "pg_bulk" in results:
        rows = [(row["pattern"], row["clients"], f"{row['rate']:,.0f}", f"{row['same']:,.0f}", f"**{row['same_ratio']:.2f}**",
                 met(row["same_ratio"], 0.9 if row["clients"] == 32 else 0.8, True), f"{row['naive']:,.0f}",
                 f"**{row['naive_ratio']:.2f}**",
                 met(row["naive_ratio"], {"neighbours": 1.6, "scattered": 1.3}[row["pattern"]], True) if row["clients"] == 32 else "",
                 f"{row['p50']:.1f}", f"{row['p99']:.1f}") for row in results["pg_bulk"]]
        out.append(f"## Bulk assignment of 100, PostgreSQL {results.get('pg_version', '')}\n\n"
                   "The whole service (HTTP, JSON, tokens, rights, full history, counts, audit log) against `pgbench` with the very "
                   f"same statement, and against `pgbench` with {ORIGIN} UPDATE and an audit row on the layout that it implies "
                   "(one table, two indexes, a foreign key; no history). pgbench reads its batches from a table within the same "
                   "round trip.\n\n![Batches a second on PostgreSQL](performance/postgres-bulk.svg)\n\n"
                   + table(["rows", "clients", "batches/s", "pgbench, same statement", "ratio", "aim", "pgbench, naive UPDATE",
                            "ratio", "aim", "p50 ms", "p99 ms"], rows))
    if "pg_peers" in results:
        rows = [(row["pattern"], {"orm": "ORM loop", "update": "one UPDATE"}[row["peer"]], f"{row['rate']:,.0f}",
                 f"{row['peer_rate']:,.0f}", f"**{row['ratio']:.1f}**", met(row["ratio"], 6 if row["peer"] == "orm" else 3, True),
                 f"{row['p99']:.0f}", f"{row['peer_p99']:.0f}", met(row["p99_ratio"], 1 / 3, False)) for row in results["pg_peers"]]
        out.append(f"## Against {ORIGIN} handler, 8 clients, PostgreSQL\n\nFastAPI, SQLAlchemy and asyncpg under uvicorn with a "
                   "worker per processor; see `bench/peers`.\n\n![Batches a second against FastAPI](performance/peers.svg)\n\n"
                   + table(["rows", "peer", "batches/s", "peer", "ratio", "aim", "p99 ms", "peer's p99 ms", "aim"], rows))
    if "pg_replicas" in results:
        rows = [(row["pattern"], f"{row['one']:,.0f}", f"{row['two']:,.0f}", f"{row['ratio']:.2f}") for row in results["pg_replicas"]]
        out.append("## Two replicas against one, 32 connections in all, PostgreSQL\n\nOn one machine they share its processors: "
                   "what is shown is that a second one costs nothing.\n\n"
                   + table(["rows", "one, batches/s", "two, batches/s", "ratio"], rows))
    if "pg_overlap" in results:
        row = results["pg_overlap"]
        out.append("## Requests that want the same opportunities, PostgreSQL\n\nBulk requests of 100 out of the same 4,000 opportunities, in "
                   "any order, through two replicas at 16 connections each; `reparto check` finds nothing afterwards.\n\n"
                   + table(["answered", "failed", "deadlocks", "batches/s"],
                           [(f"{row['answered']:,}", "0", row["deadlocks"], f"{row['rate']:,.0f}")]))
    if "pg_growth" in results:
        first = results["pg_growth"][0]
        kinds = ("neighbours", "scattered")
        rows = [(f"{row['rows']:,}", *(cell for kind in kinds for cell in (
            f"{row[kind]:,.0f}", met(first[kind] / row[kind], 1.5, False))), f"{row['random_first_ms']:.1f}",
            met(row["random_first_ms"] / first["random_first_ms"], 1.5, False), f"{row['random_ms']:.1f}",
            met(row["random_ms"] / first["random_ms"], 1.5, False)) for row in results["pg_growth"]]
        out.append("## Cost of requests as the table grows, PostgreSQL (aim: within 1.5)\n\n"
                   + table(["opportunities", "neighbours/s", "", "scattered/s", "", "assign-random of 20 right after a checkpoint, ms", "",
                            "between checkpoints, ms", ""], rows)
                   + "\nThe first write of a page after a checkpoint puts the whole page into PostgreSQL's log: twenty rows out of "
                   "ten thousand share few pages, twenty out of a million none.\n")
        names = list(first["lists"])
        rows = [(f"{row['rows']:,}", *(f"{row['lists'][name]['p99']:.0f}" for name in names), f"{row['made_s']:.0f}",
                 f"{row['peak_mb']:.0f}") for row in results["pg_growth"]]
        out.append("List pages of 50, p99 in ms (aim: under 50), two readers, another client writing, once the process has read what it "
                   "finds lists in (*made*: seconds from the first list, with nothing else to do; until then SQL answers), "
                   "with `REPARTO_LIST_MEMORY=1024`; *memory*: of the process, at most, in MB:\n\n"
                   + table(["opportunities", *names, "made", "memory"], rows))
    return out


def features(results):
    """Keys, undo and jobs, on either engine."""
    out, engines = [], (("SQLite", ""), ("PostgreSQL", "pg_"))
    here = lambda part: [(engine, results[prefix + part]) for engine, prefix in engines if prefix + part in results]
    if here("keys") or here("undo"):
        rows = [(engine, "an idempotency key, 8 clients", f"{row['plain']:,.0f}/s without, {row['keyed']:,.0f}/s with",
                 f"{row['cost']:+.0%}", met(row["cost"], 0.1, False)) for engine, row in here("keys")]
        rows += [(engine, "undo of 100 against bulk-assign of 100", f"{row['assign_ms']:.1f} ms, {row['undo_ms']:.1f} ms",
                  f"{row['ratio']:.2f}", met(row["ratio"], 1.3, False)) for engine, row in here("undo")]
        out.append("## What safety costs\n\n" + table(["engine", "what", "measured", "", "aim"], rows))
    if here("jobs"):
        rows = [(engine, f"{row['rows']:,}", f"{row['seconds']:.0f}", f"{row['rate']:,.0f}", f"{row['by_requests']:,.0f}",
                 f"**{row['ratio']:.2f}**", met(row["ratio"], 2, True) if engine == "PostgreSQL" else "",
                 f"{row['longest_silence']:.1f}", f"{row['rest_mb']:.0f} → {row['peak_mb']:.0f}",
                 f"{row['alone_p99']:.0f} → {row['beside_p99']:.0f}", met(row["p99_ratio"], 2, False)) for engine, row in here("jobs")]
        out.append("## A job over everything\n\nAgainst the same through requests of 100 by 8 clients; and the p99 of one client's "
                   "bulk requests alone and beside a running job.\n\n" + table(
                       ["engine", "items", "seconds", "items/s", "by requests, items/s", "ratio", "aim", "longest time without "
                        "progress, s", "memory, MB", "p99 ms, alone → beside", "aim"], rows))
    return out


# Of the version before the bounds, on the same machine.
UNBOUNDED = {"stored": 5_900, "sign_ins": 1_000, "sign_outs": 2_200}


def imported(results):
    """Files of leads on both engines."""
    out = []
    for engine, key in (("SQLite", "imports"), ("PostgreSQL", "pg_imports")):
        if key not in results:
            continue
        found = results[key]
        rows = [(f"{found['rows']:,} rows into an empty database, `reparto import`", found["first"], 60, 150),
                ("the same file once more", found["again"], 60, 150)]
        rows += [(f"{one['rows']:,} rows over HTTP", one, {5_000: 3}.get(one["rows"]), 150) for one in found["sent"]]
        out.append(f"## Imports, {engine}\n\nTime from the start, or the request, to the end of the import; the peak is that of "
                   "the process that reads and writes (`VmHWM`).\n\n"
                   + table(["what", "seconds", "aim", "peak, MB", "aim"],
                           [(what, f"{one['seconds']:.1f}", met(one["seconds"], aim, False) if aim else "",
                             f"{one['peak_mb']:.0f}", met(one["peak_mb"], peak, False)) for what, one, aim, peak in rows]))
    return out


def attacks(results):
    """What the memory of the process comes to where somebody tries to fill it."""
    if "memory" not in results:
        return []
    what = {"stored": "150 contacts with 1 MB of `custom_fields` each, as an earlier version took them, and lists of 1,000, 50 and 10",
            "sign_ins": "30 sign-ins at once with 1 MB of body, without an account",
            "sign_outs": "120 sign-outs at once with 1 MB of body, without an account"}
    rows = [(about, f"{UNBOUNDED[name]:,}", f"{results['memory'][name]['rest_mb']:.0f}",
             f"**{results['memory'][name]['peak_mb']:.0f}**",
             ", ".join(f"{answer}" + (f" ({count})" if count > 1 else "") for answer, count in results["memory"][name]["answers"].items()))
            for name, about in what.items()]
    return ["## Memory under attack, SQLite\n\nThe most memory that the process ever had (`VmHWM`), in MB; *before* is what the "
            "version without bounds on kept objects, bodies and answers took, rounded.\n\n"
            + table(["what", "before", "at rest", "peak", "answers"], rows)]
