"""Draws the comparisons as SVG: bars side by side, readable on light and dark grounds, with the figures written out."""

COLOURS = ("#2f6f5e", "#7c9cbf", "#c79a5b")
WIDTH, BAR, GAP, LEFT, RIGHT = 720, 18, 26, 190, 90


def bars(title, names, groups):
    """An SVG of groups [(label, values)] with a bar for each name."""
    most = max(value for _, values in groups for value in values) or 1
    height = 70 + len(groups) * (len(names) * (BAR + 4) + GAP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="13">',
           f"<title>{title}</title>", f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           f'<text x="16" y="24" font-size="15" font-weight="600" fill="#1c2421">{title}</text>']
    x = 16
    for name, colour in zip(names, COLOURS):
        out += [f'<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/>', f'<text x="{x + 18}" y="49" fill="#3b4642">{name}</text>']
        x += 40 + 7 * len(name)
    y = 70
    for label, values in groups:
        middle = y + len(values) * (BAR + 4) / 2 + 3
        out.append(f'<text x="16" y="{middle:.0f}" fill="#1c2421">{label}</text>')
        for value, colour in zip(values, COLOURS):
            length = max(2, value / most * (WIDTH - LEFT - RIGHT))
            out += [f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>',
                    f'<text x="{LEFT + length + 6:.1f}" y="{y + 14}" fill="#3b4642">{value:,.0f}</text>']
            y += BAR + 4
        y += GAP
    return "\n".join([*out, "</svg>"]) + "\n"


def write(results, folder):
    """Writes the charts of whatever was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    if "bulk" in results:
        (folder / "sqlite-bulk.svg").write_text(bars(
            "SQLite: bulk assignments of 100 a second", ("Reparto, 32 connections", "bare loop over the driver"),
            [(row["pattern"], (row["rate"], row["bare"])) for row in results["bulk"]]))
    if "pg_bulk" in results:
        (folder / "postgres-bulk.svg").write_text(bars(
            "PostgreSQL: bulk assignments of 100 a second", ("Reparto", "pgbench, same statement", "pgbench, naive UPDATE"),
            [(f"{row['pattern']}, {row['clients']} clients", (row["rate"], row["same"], row["naive"])) for row in results["pg_bulk"]]))
    if "pg_peers" in results:
        peers = results["pg_peers"]
        (folder / "peers.svg").write_text(bars(
            "PostgreSQL, 8 clients: bulk assignments of 100 a second", ("Reparto", "FastAPI, one UPDATE", "FastAPI, ORM loop"),
            [(pattern, (next(row["rate"] for row in peers if row["pattern"] == pattern),
                        *(row["peer_rate"] for peer in ("update", "orm") for row in peers
                          if row["pattern"] == pattern and row["peer"] == peer)))
             for pattern in dict.fromkeys(row["pattern"] for row in peers)]))
