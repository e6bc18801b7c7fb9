"""Step responses of every role on its simulated power stage; prints what was measured."""

from by_hand import Trace, live, make_board, say


def storage(wanted_w, stored_j, series_ohm=0.1):
    board = make_board("storage", sim={"stored_j": stored_j, "series_ohm": series_ohm})
    board.take(5.0, 1.0)
    board.set(0, wanted_w, {})
    wanted_a = max(min(wanted_w / 7.0, 0.2), -0.2)
    trace = Trace(lambda seen: seen.current_a, wanted_a, 0.05)
    live(board, 1.0, trace)
    return {"settled_s": trace.settled_s, "greatest_a": max(abs(trace.least), abs(trace.most)), "wanted_a": wanted_a}


def grid(before_w, after_w):
    board = make_board("grid")
    board.take(5.0, 1.0)
    board.set(0, 0.0, {"bus_w": before_w})
    live(board, 1.0)
    board.set(0, 0.0, {"bus_w": after_w})
    trace = Trace(lambda seen: seen.bus_v, 7.0, 0.01)
    live(board, 1.0, trace)
    return {"settled_s": trace.settled_s, "bus_v": trace.last, "state": board.state}


def load(before_w, after_w):
    board = make_board("load")
    board.take(5.0, 1.0)
    board.set(0, before_w, {})
    live(board, 1.0)
    board.set(0, after_w, {})
    trace = Trace(lambda seen: seen.power_w, after_w, 0.05)
    live(board, 1.0, trace)
    return {"settled_s": trace.settled_s, "power_w": trace.last, "greatest_w": -trace.least}


def solar(before, after, wanted_w):
    board = make_board("solar")
    board.take(5.0, 1.0)
    board.set(0, wanted_w, {"sun": before})
    live(board, 2.0)
    board.set(0, wanted_w, {"sun": after})
    best_w = min(4.6 * after, wanted_w)
    trace = Trace(lambda seen: seen.power_w, best_w, 0.02)
    live(board, 2.0, trace)
    return {"settled_s": trace.settled_s, "power_w": trace.last, "best_w": best_w, "most_w": trace.most}


say("storage", [storage(w, j) for w in (-2.0, -0.7, -0.1, 0.1, 0.7, 2.0) for j in (4.0, 12.0, 45.0)])
say("miscalibrated", [storage(w, j, ohm) for w in (-1.4, 1.4) for j in (12.0, 45.0) for ohm in (0.075, 0.15)])
say("grid", [grid(b, a) for b, a in ((0.0, -3.0), (-3.0, 0.0), (4.6, -4.4), (-4.4, 6.0), (0.0, 0.05))])
say("load", [load(b, a) for b, a in ((0.0, -1.0), (-1.0, -0.05), (-0.05, -0.5), (0.0, -0.02), (-0.5, -1.0))])
say(
    "solar",
    [
        solar(b, a, 5.0)
        for b, a in ((0.0, 1.0), (1.0, 0.3), (0.3, 0.9), (0.9, 0.05), (0.05, 0.01), (0.01, 1.0), (0.5, 0.52))
    ],
)
say("curtailed", [solar(b, a, w) for b, a, w in ((1.0, 0.8, 2.0), (0.2, 0.9, 2.0), (1.0, 1.0, 0.1))])
