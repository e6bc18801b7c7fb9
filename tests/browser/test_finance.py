import pytest
from browsing import DESKTOP, PHONE, Tab

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_finance_tells_net_savings_before_the_bill(tab: Tab, one_run: str, size: tuple[int, int]) -> None:
    tab.resize(size)
    tab.open(f"{one_run}/finance?run=1", "#saved .main-svg")
    names = [one.text for one in tab.all(".facts dt")]
    assert names[:3] == ["net savings over the rule, but for energy not served", "of that on bills", "cost"]
    tab.shot(f"net-savings-{size[0]}")
    assert tab.overflow() == 0
    assert tab.complaints() == []
