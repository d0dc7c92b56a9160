from .lab import Lab
def test_dbg(lab: Lab, open_page, snap):
    lab.notebook("print(1)", name="nb.ipynb", machine="local")
    page = open_page(lab, "nb.ipynb")
    page.on("console", lambda m: print("CONSOLE", m.type, m.text[:300]))
    page.on("request", lambda r: "jupyter-mlx" in r.url and print("REQ", r.method, r.url))
    page.on("response", lambda r: "jupyter-mlx" in r.url and print("RES", r.status, r.url, r.text()[:300] if r.request.method=="POST" else ""))
    page.get_by_role("button", name="Run remotely", exact=True).click()
    page.wait_for_timeout(6000)
    snap(page, "dbg")
