"""The pages, one file each. What a page is:

`layout(data, query)` makes the page's component from the data and the address's query (`/live?run=3&tick=40` gives
`{"run": "3", "tick": "40"}`). It runs at each visit, reads little, and may raise TwinError, which is shown
in its place.

`register(app, data)` declares the page's callbacks, once. They may be plain functions: each runs in a thread of its
own. A TwinError raised in one is shown as a message; nothing on the page changes then.

What a person can change on the page is kept in its address by `remember(app, run=Input(…), tick=Input(…))` of
`dashboards.address`, without a reload: a link reproduces what one sees. What the fields of a page show though the
address does not say it (`controls` of `dashboards.pages.choosing` keeps that) is added to the address once the page is
there. `dashboards.parts` has what pages share.

`window.twin.go` of `assets/app.js` leads to another address.
"""
