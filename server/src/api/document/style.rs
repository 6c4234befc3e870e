//! The look of the readable page: the workshop's colours by day and by night, nothing fetched.

/// Goes into the page's `<style>`.
pub(super) const STYLE: &str = r"
:root {
  color-scheme: light dark;
  --paper: light-dark(oklch(98.4% 0.006 85), oklch(17.5% 0.018 275));
  --panel: light-dark(oklch(99.6% 0.003 85), oklch(20.5% 0.020 275));
  --sunk: light-dark(oklch(96.2% 0.008 85), oklch(15.5% 0.016 275));
  --rule: light-dark(oklch(90.5% 0.010 85), oklch(28.5% 0.022 275));
  --ink: light-dark(oklch(24% 0.022 275), oklch(94% 0.008 275));
  --ink-2: light-dark(oklch(44% 0.018 275), oklch(76% 0.014 275));
  --accent: light-dark(oklch(51% 0.205 288), oklch(76% 0.130 290));
  --good: light-dark(oklch(46% 0.130 155), oklch(76% 0.130 158));
  --info: light-dark(oklch(48% 0.120 240), oklch(76% 0.095 238));
  --warn: light-dark(oklch(50% 0.135 65), oklch(81% 0.120 78));
  --bad: light-dark(oklch(50% 0.195 25), oklch(72% 0.150 24));
  --mono: 'JetBrains Mono', ui-monospace, monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 0.875rem/1.55 Inter, ui-sans-serif, system-ui, sans-serif; }
.page { max-width: 76rem; margin: 0 auto; padding: 2rem 1rem 4.5rem; display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 3rem; }
nav { position: sticky; top: 2rem; align-self: start; max-height: calc(100vh - 4rem); overflow-y: auto; font-size: 0.8125rem; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li { padding: 2px 0; overflow-wrap: anywhere; }
nav h2 { font-size: 0.8125rem; margin: 0 0 0.25rem; }
a { color: var(--accent); text-underline-offset: 3px; }
nav a { color: var(--ink-2); text-decoration: none; }
nav a:hover { color: var(--accent); text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.5rem; letter-spacing: -0.02em; }
h2 { font-size: 1.25rem; margin: 3rem 0 0.25rem; letter-spacing: -0.01em; }
h3 { font-size: 0.875rem; margin: 0; font-weight: 400; display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: baseline; }
h4 { font-size: 0.75rem; margin: 1rem 0 0.25rem; color: var(--ink-2); }
p { margin: 0.25rem 0 0.5rem; max-width: 68ch; }
.soft { color: var(--ink-2); }
code { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
.verb { font-family: var(--mono); font-size: 0.75rem; font-weight: 600; min-width: 3.5rem; }
.get { color: var(--info); } .post { color: var(--good); } .put, .patch { color: var(--warn); } .delete { color: var(--bad); }
article { border-top: 1px solid var(--rule); padding: 1rem 0; }
article:target { background: color-mix(in oklch, var(--accent) 6%, transparent); box-shadow: -0.75rem 0 0 color-mix(in oklch, var(--accent) 6%, transparent), 0.75rem 0 0 color-mix(in oklch, var(--accent) 6%, transparent); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 34rem; table-layout: fixed; font-size: 0.8125rem; }
th:first-child { width: 24%; } th:nth-child(2) { width: 34%; }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--rule); }
th { font-weight: 500; color: var(--ink-2); }
tr:last-child td { border-bottom: 0; }
ul.docs { list-style: none; padding: 0; margin: 1rem 0; display: flex; gap: 1.5rem; flex-wrap: wrap; }
@media (max-width: 52rem) { .page { grid-template-columns: minmax(0, 1fr); gap: 1rem; } nav { position: static; max-height: 14rem; border-bottom: 1px solid var(--rule); } }
";
