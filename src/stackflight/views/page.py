"""A title and a body -> one HTML page that needs nothing else: its style, light and dark, and the tip to hover over."""

from __future__ import annotations

import base64
import hashlib

from stackflight.views.paper import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --quiet: #656d76; --line: #d8dee4; --paper: #ffffff; --soft: #f6f8fa;
  --create: #2f81c1; --wait: #a9cbe6; --update: #7a5cc7; --delete: #9aa4ae; --bad: #c62f3b; --path: #d98a00; --good: #1f7f4c;
  --warn: #8a5a00; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --line: #343b45; --paper: #0f1319;
  --soft: #171c24; --create: #4a9bdc; --wait: #2c5577; --update: #9d83e0; --delete: #5f6872; --bad: #ee5d68;
  --path: #f0b03c; --good: #4cc485; --warn: #f0b03c; --link: #6cb6ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1280px; padding: 28px 24px 60px; background: var(--paper); color: var(--ink);
  font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 20px; margin: 0 0 2px; overflow-wrap: anywhere; } h2 { font-size: 15px; margin: 28px 0 8px; }
p { margin: 4px 0; } .quiet { color: var(--quiet); } .bad { color: var(--bad); } .good { color: var(--good); }
.cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 8px; }
.card { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px 10px; min-width: 132px; }
.card b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; }
.card span { color: var(--quiet); font-size: 12px; }
.trouble { border: 1px solid var(--bad); border-left-width: 6px; border-radius: 8px; padding: 10px 16px; margin: 16px 0; }
.trouble code, td code { font-size: 12px; overflow-wrap: anywhere; }
#tip { position: fixed; max-width: 420px; background: var(--ink); color: var(--paper); padding: 8px 12px; border-radius: 6px;
  font-size: 12px; pointer-events: none; display: none; z-index: 9; white-space: pre-line; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { overflow-wrap: anywhere; text-align: left; padding: 4px 10px 4px 0; vertical-align: top;
  border-bottom: 1px solid var(--line); } th { color: var(--quiet); font-weight: 500; font-size: 12px; overflow-wrap: normal; }
td.time, td.status { font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (max-width: 720px) { body { padding: 18px 12px 40px; } .card b { font-size: 17px; } }
@media print { body { max-width: none; padding: 0; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .few .short { display: grid; } .axis { position: static; } h2, .row, article { break-inside: avoid; } svg { max-width: 100%; } }
details > summary { cursor: pointer; margin: 28px 0 8px; font-weight: 700; font-size: 15px; }
"""

_SCRIPT = """
const tip = document.getElementById('tip');
function show(bar, x, y) {
  tip.textContent = bar.dataset.tip; tip.style.display = 'block';
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - box.width - 8)) + 'px';
  tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + 'px';
}
for (const bar of document.querySelectorAll('[data-tip]')) {
  bar.addEventListener('mousemove', e => show(bar, e.clientX, e.clientY));
  bar.addEventListener('mouseleave', () => tip.style.display = 'none');
  bar.addEventListener('focus', () => { const r = bar.getBoundingClientRect(); show(bar, r.left, r.bottom); });
  bar.addEventListener('blur', () => tip.style.display = 'none');
}
"""


def render_page(title: str, body: str, style: str = "", script: str = "") -> str:
    """The page. It loads nothing and sends nothing; `data-tip` on an element is what hovering over it shows."""
    program, look = f"{_SCRIPT}{script}", f"{_STYLE}{style}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(program, look)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{look}</style>\n</head>\n<body>\n{body}\n"
        f'<div id="tip" role="tooltip"></div>\n<script>{program}</script>\n</body>\n</html>\n'
    )


def _policy(program: str, look: str) -> str:
    """What a browser lets the page do: run this program, look like this, and nothing else, wherever it comes from.

    Attributes may say where a bar stands, which no style sheet can know.
    """
    return (
        f"default-src 'none'; script-src {_digest(program)}; style-src {_digest(look)}; style-src-attr 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def card(value: str, label: str, role: str = "") -> str:
    """A figure and what it says."""
    return f'<div class="card"><b class="{role}">{escape(value)}</b><span>{escape(label)}</span></div>'
