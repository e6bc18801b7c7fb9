"""Storage: one component over three kinds of physics."""

from twin.components.storage.battery import Battery
from twin.components.storage.component import Storage
from twin.components.storage.flywheel import Flywheel
from twin.components.storage.supercapacitor import Supercapacitor

__all__ = ["Battery", "Flywheel", "Storage", "Supercapacitor"]
