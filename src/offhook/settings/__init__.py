"""The settings of a worker. Only this package reads settings from the environment."""

from offhook.settings.environment import frozen_settings, load_env_files, load_settings, set_default
from offhook.settings.settings import Settings, variable_names

__all__ = ["Settings", "frozen_settings", "load_env_files", "load_settings", "set_default", "variable_names"]
