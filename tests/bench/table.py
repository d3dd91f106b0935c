"""One table: what was asked, ours, the other, the ratio, what is wanted."""

HEAD = ("question", "here", "beside it", "ratio", "wanted", "met")


def row(question, ours, other, ratio, *, least=None, most=None):
    wanted, met = "", ""
    if least is not None:
        wanted, met = f"≥ {least:.2g}", ratio >= least
    elif most is not None:
        wanted, met = f"≤ {most:.2g}", ratio <= most
    return (
        question,
        ours,
        other,
        "" if ratio is None else f"{ratio:.2f}",
        wanted,
        {True: "yes", False: "**no**", "": ""}[met],
    )


def markdown(rows):
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|---|---:|---|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join(lines) + "\n"
