"""The same dbt project on a Spark cluster: the machines, the build, and whether it says the same.

Spark lives in an environment of its own, ``.venv-spark``, and in processes of its own; nothing in
here imports it, and nothing else in the project needs it.
"""
