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
"""]
    if "bulk" in results:
        rows = [(row["pattern"], f"{row['rate']:,.0f}", f"{row['bare']:,.0f}", f"**{row['ratio']:.2f}**",
                 met(row["ratio"], AIMS[row["pattern"]], True), f"{row['p50']:.1f}", f"{row['p99']:.1f}",
                 met(row["p99"] / row["p50"], 5, False), f"{row['peak']:.0f}") for row in results["bulk"]]
        out.append("## Bulk assignment of 100, 32 connections, SQLite\n\n"
                   "Against the bare loop: the same SQL through the driver, one commit per batch, no HTTP, no JSON, no "
                   "tokens. *Neighbours* lie side by side in the list, *scattered* ones anywhere in it.\n\n"
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
             ("resident at rest, MB", f"{row['idle_mb']:.0f}", met(row["idle_mb"], 64, False))]))
    return "\n".join(out)
