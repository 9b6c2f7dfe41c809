"""The announced histogram as a drawing for the report, small enough for a row; positions are those
of the subjects' picture.
"""

from __future__ import annotations

from experiment.offers import NOTHING
from experiment.shown.histogram import Chart, HistogramBar


def histogram_picture(chart: Chart) -> str:
    """The histogram as SVG; the title of each bar, and the label of the whole, say in words what it
    counts, for screen readers.
    """
    said = "; ".join(_said(bar) for bar in chart.bars) or "no offers"
    missing = f"; {chart.missing} made no offer" if chart.missing else ""
    counts = "".join(
        f'<line class="grid" x1="0" x2="100%" y1="{tick.place}%" y2="{tick.place}%"/>'
        f'<text x="-6" y="{tick.place}%" dy="4" text-anchor="end">{tick.label}</text>'
        for tick in chart.counts
    )
    bars = "".join(
        f'<rect x="{bar.left}%" y="{bar.top}%" width="{bar.width}%" height="{bar.height}%"><title>{_said(bar)}</title></rect>'
        for bar in chart.bars
    )
    offers = "".join(f'<text x="{tick.place}%" y="100%" dy="15" text-anchor="middle">{tick.label}</text>' for tick in chart.offers)
    return (
        f'<svg class="announced" role="img" aria-label="Announced first offers: {said}{missing}" width="100%" height="150">'
        f'<svg x="8%" y="10" width="88%" height="96" overflow="visible">{counts}'
        f'<line class="zero" x1="{chart.zero}%" x2="{chart.zero}%" y1="0" y2="100%"/>{bars}'
        f'<line class="axis" x1="0" x2="100%" y1="100%" y2="100%"/>{offers}'
        '<text x="0" y="100%" dy="34">offers of q</text><text x="100%" y="100%" dy="34" text-anchor="end">offers of r</text>'
        "</svg></svg>"
    )


def _said(bar: HistogramBar) -> str:
    what = "nothing" if bar.good == NOTHING else f"{bar.amount} of {bar.good}"
    return f"{what}: {bar.count}"
