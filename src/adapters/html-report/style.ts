/** The page's style: light and dark, wide, narrow and on paper. Its hash stands in the page's policy. */
export const STYLE = `
:root{color-scheme:light dark;--page:#fff;--panel:#f6f7f9;--line:#d5d9e0;--text:#1a1d23;--quiet:#545b68;--link:#0b57b0;
--accent:#2f6fb5;--second:#c06a14;--critical:#8f1239;--high:#b3261e;--medium:#8a5200;--low:#2b5f9e;--info:#4d5563;--good:#1a6b37;--on:#fff}
@media (prefers-color-scheme:dark){:root{--page:#14171c;--panel:#1d2128;--line:#3a414d;--text:#e6e9ee;--quiet:#a7afbc;--link:#8bbcf5;
--accent:#6aa8ea;--second:#eba45a;--critical:#ff9ab4;--high:#ff9a90;--medium:#f0b860;--low:#90c0f5;--info:#b4bcc9;--good:#7fd6a0;--on:#14171c}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:940px;padding:0 20px 40px;background:var(--page);color:var(--text);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:var(--page);padding:8px}
header{padding:28px 0 8px}
.kicker{margin:0;color:var(--quiet);letter-spacing:.04em}
h1{margin:4px 0 16px;font-size:1.75rem;line-height:1.2}
h2{margin:44px 0 12px;padding-top:12px;border-top:1px solid var(--line);font-size:1.35rem}
h3{margin:24px 0 8px;font-size:1.08rem;line-height:1.35}h4{margin:18px 0 6px;font-size:1rem}
p{margin:8px 0}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em}
code,td,dd,q{unicode-bidi:isolate}
code{background:var(--panel);border-radius:4px;padding:1px 4px}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px;max-height:30rem;overflow:auto;overflow-wrap:normal}
pre code{background:none;padding:0}
nav{position:sticky;top:0;background:var(--page);border-bottom:1px solid var(--line);z-index:1}
nav ul{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:0;padding:8px 0;font-size:.92rem}
section{scroll-margin-top:3rem}.card{scroll-margin-top:4.5rem}
.banner{border:2px solid var(--medium);border-radius:8px;padding:10px 14px}
.worst{list-style:none;margin:12px 0;padding:0}
.worst li{padding:8px 0;border-bottom:1px solid var(--line)}
.sure{color:var(--quiet)}.worst .sure{display:block;font-size:.92rem}
.id{font-variant-numeric:tabular-nums;color:var(--quiet)}
.badge{display:inline-block;border-radius:4px;padding:0 8px;font-size:.8rem;font-weight:600;line-height:1.6;color:var(--on);vertical-align:.1em}
.badge.sev-critical{background:var(--critical)}.badge.sev-high{background:var(--high)}.badge.sev-medium{background:var(--medium)}
.badge.sev-low{background:var(--low)}.badge.sev-info{background:var(--info)}
dl{margin:12px 0}dl div{display:grid;grid-template-columns:9.5rem 1fr;gap:2px 12px;padding:3px 0}
dt{color:var(--quiet)}dd{margin:0;min-width:0}
.facts{background:var(--panel);border-radius:8px;padding:10px 16px}
.machines{columns:2;padding-left:1.2em}.lost{color:var(--high)}
.card{margin:18px 0;padding:4px 18px 10px;border:1px solid var(--line);border-left-width:6px;border-radius:8px}
.edge-critical{border-left-color:var(--critical)}.edge-high{border-left-color:var(--high)}.edge-medium{border-left-color:var(--medium)}
.edge-low{border-left-color:var(--low)}.edge-info{border-left-color:var(--info)}
.card h3{margin-top:12px}.card dl{font-size:.94rem}
.check{font-weight:600}.check.confirmed{color:var(--good)}.check.mismatch{color:var(--high)}
.filter span{color:var(--quiet);font-size:.92rem;display:block}
.filter code{display:block;padding:8px 10px;user-select:all;-webkit-user-select:all}
.table{margin:12px 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--quiet);overflow-wrap:anywhere}
th,td{padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
th,td{min-width:4.3rem}
.plot{margin:20px 0;padding:12px 14px 8px;border:1px solid var(--line);border-radius:8px}
.plot figcaption span{color:var(--quiet);font-size:.94rem}
.plot svg{display:block;max-width:100%;height:auto;margin:10px 0 4px}
.plot .narrow{display:none}
.plot svg text{font-family:inherit;fill:var(--text)}
.plot .role-axis-label text,.plot .role-axis-title text,.plot .figure text{fill:var(--quiet)}
.plot .role-axis-grid line,.plot .role-axis-domain line,.plot .line line{stroke:var(--line)}
.plot .traffic path{fill:var(--accent)}.plot .again path{fill:var(--high)}
.plot .there path,.plot .median path{fill:var(--accent)}.plot .back path,.plot .slowest path{fill:var(--second)}
.plot .spread line{stroke:var(--line)}
.plot .sev-critical path{fill:var(--critical)}.plot .sev-high path{fill:var(--high)}.plot .sev-medium path{fill:var(--medium)}
.plot .sev-low path{fill:var(--low)}.plot .sev-info path{fill:var(--info)}
.keys{display:block;margin-top:4px}.key{margin-right:16px;white-space:nowrap}
.key::before{content:"";display:inline-block;width:.75em;height:.75em;margin-right:6px;border-radius:2px;background:var(--accent)}
.key.back::before,.key.slowest::before{background:var(--second)}
.key.sev-critical::before{background:var(--critical)}.key.sev-high::before{background:var(--high)}.key.sev-medium::before{background:var(--medium)}
.key.sev-low::before{background:var(--low)}.key.sev-info::before{background:var(--info)}
details{font-size:.94rem}summary{cursor:pointer;color:var(--quiet);padding:4px 0}
footer{margin-top:40px;border-top:1px solid var(--line);color:var(--quiet);font-size:.92rem}
@media screen and (max-width:720px){
body{padding:0 14px 32px}h1{font-size:1.4rem}
nav{position:static}
.plot{padding:10px 8px}.plot .wide{display:none}.plot .narrow{display:block}
dl div{grid-template-columns:1fr}.machines{columns:1}
.card{padding:2px 12px 8px}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td{display:block}
tr{padding:6px 0;border-bottom:1px solid var(--line)}
td{display:grid;min-width:0;grid-template-columns:7.5rem minmax(0,1fr);gap:8px;border:0;padding:2px 0}
td::before{content:attr(data-label);color:var(--quiet)}
}
@media print{
:root{--page:#fff;--panel:#f6f7f9;--line:#c5cad2;--text:#000;--quiet:#444;--link:#000;--accent:#2f6fb5;--second:#c06a14;
--critical:#8f1239;--high:#b3261e;--medium:#8a5200;--low:#2b5f9e;--info:#4d5563;--good:#1a6b37;--on:#fff}
body{max-width:none;padding:0;font-size:10.5pt}
nav,.skip,.plot details{display:none}
a{text-decoration:none}
.card,.plot,tr,pre{break-inside:avoid}.card{break-inside:auto}h2,h3,h4{break-after:avoid}
pre{max-height:none;white-space:pre-wrap;break-inside:auto}
.badge,.key::before{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
