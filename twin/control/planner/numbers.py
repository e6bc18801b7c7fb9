"""A model's numbers as arrays: set what you like, and only what has changed is told to CBC."""

from typing import Any

import numpy as np

from twin.facts import Floats


class Numbers:
    """Of a built `mip.Model` the costs, lower and upper bounds of its columns, the right-hand sides of its rows."""

    def __init__(self, model: Any) -> None:
        from mip.cbc import cbclib, ffi

        self._model, self._cbc, self._ffi = model.solver._model, cbclib, ffi
        self.cost = np.array([column.obj for column in model.vars])
        self.lower = np.array([column.lb for column in model.vars])
        self.upper = np.array([column.ub for column in model.vars])
        self.side = np.array([row.rhs for row in model.constrs])
        self.integer = np.array([column.var_type != "C" for column in model.vars])
        self._told_integer = self.integer.copy()
        self._told = [
            (self.cost, self.cost.copy(), cbclib.Cbc_setObjCoeff),
            (self.lower, self.lower.copy(), cbclib.Cbc_setColLower),
            (self.upper, self.upper.copy(), cbclib.Cbc_setColUpper),
            (self.side, self.side.copy(), cbclib.Cbc_setRowRHS),
        ]

    def tell(self) -> None:
        """Hand CBC what has changed since it was told last."""
        for wanted, told, setter in self._told:
            places = np.flatnonzero(wanted != told)
            for place, number in zip(places.tolist(), wanted[places].tolist(), strict=True):
                setter(self._model, place, number)
            told[:] = wanted
        for place in np.flatnonzero(self.integer != self._told_integer).tolist():
            setter = self._cbc.Cbc_setInteger if self.integer[place] else self._cbc.Cbc_setContinuous
            setter(self._model, place)
        self._told_integer[:] = self.integer

    def solution(self) -> Floats:
        """The columns' values in the last relaxation that was solved."""
        return self._read(self._cbc.Cbc_getColSolution, len(self.cost))

    def duals(self) -> Floats:
        """The rows' shadow prices in the last relaxation that was solved."""
        return self._read(self._cbc.Cbc_getRowPrice, len(self.side))

    def _read(self, getter: Any, count: int) -> Floats:
        values: Floats = np.frombuffer(self._ffi.buffer(getter(self._model), 8 * count)).copy()
        return values
