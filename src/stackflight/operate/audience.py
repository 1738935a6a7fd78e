"""Moments -> everybody who looks on. A view may fail; it is told once, and no operation ever fails because of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stackflight.model.moment import Moment
from stackflight.ports import View


class Audience:
    """Several views as one. One that fails is left out from then on, and `complain` is told why."""

    def __init__(self, views: Sequence[View], complain: Callable[[str], None]) -> None:
        self._views = list(views)
        self._complain = complain

    def show(self, moment: Moment) -> None:
        """Show it to all that still look on."""
        for view in list(self._views):
            try:
                view.show(moment)
            except Exception as error:  # whatever a view does, the deployment goes on
                self._views.remove(view)
                self._complain(f"{type(view).__name__} failed and is left out: {type(error).__name__}: {error}")
