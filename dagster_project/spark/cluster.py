"""A standalone Spark cluster on loopback: a master, two workers and a Thrift server.

It is what a cluster of machines is, on one: jobs travel over the network, rows between executors,
and clients speak SQL to the Thrift server. It ends with the process that started it, however that
one ends. Whoever wants to speak to the master must know a secret made for this cluster; the Thrift
server asks nobody who they are, so that while it runs, other users of this machine could ask it.
It refuses to listen anywhere but on loopback; a real cluster stands behind a login.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dagster_project.attending import attended
from dagster_project.spark.environment import Environment

LOOPBACK: Final = "127.0.0.1"
#: Below those that Linux and others give away, and above those of known services.
_UNASSIGNED: Final = range(20_000, 32_000)
WORKERS: Final = 2

_START_SECONDS: Final = 600
_MEMORY: Final = "1g"
#: Of a master or worker, which only keeps the books; rows go through executors.
_BOOKKEEPING_MEMORY: Final = "256m"
_MASTER: Final = "org.apache.spark.deploy.master.Master"
_WORKER: Final = "org.apache.spark.deploy.worker.Worker"
_SUBMIT: Final = "org.apache.spark.deploy.SparkSubmit"
_THRIFT_SERVER: Final = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"

#: Warnings only: at its usual level Spark writes a page for each query.
_LOGGING: Final = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""


class ClusterError(Exception):
    """The cluster did not come up or ended by itself; the message names its log."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    #: Of the Thrift server, on loopback.
    port: int
    #: Where its tables lie, as ``<schema>.db/<table>/*.parquet``.
    warehouse: Path
    logs: Path


@contextmanager
def running_cluster(
    environment: Environment, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; its state below ``folder``. Raises ClusterError.

    What an earlier cluster left in the folder is removed first. ``settings`` are Spark's, and go
    before those that every such cluster has.
    """
    shutil.rmtree(folder, ignore_errors=True)
    cluster = Cluster(_free_port(), folder / "warehouse", folder / "logs")
    cluster.logs.mkdir(parents=True)
    _configure(folder, cluster, settings or {})
    variables = _variables(environment, folder)
    spark_class = environment.spark / "bin" / "spark-class"
    master_port = _free_port()
    master = f"spark://{LOOPBACK}:{master_port}"
    with ExitStack() as stack:

        def start(
            name: str, *arguments: str, memory: str = _BOOKKEEPING_MEMORY
        ) -> subprocess.Popen[bytes]:
            log = stack.enter_context((cluster.logs / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [str(spark_class), *arguments],
                cwd=folder,
                env={**variables, "SPARK_DAEMON_MEMORY": memory},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            stack.enter_context(attended(process))
            return process

        at = ("--host", LOOPBACK, "--webui-port", "0")
        processes = {"master": start("master", _MASTER, *at, "--port", str(master_port))}
        _wait_for(master_port, "master", processes, cluster.logs)
        for number in range(1, WORKERS + 1):
            name = f"worker-{number}"
            own = ("--cores", "1", "--memory", _MEMORY, "--work-dir", str(folder / name))
            processes[name] = start(name, _WORKER, *at, *own, master)
        processes["thrift"] = start(
            "thrift",
            *(_SUBMIT, "--class", _THRIFT_SERVER, "--master", master, "spark-internal"),
            *("--hiveconf", f"hive.server2.thrift.bind.host={LOOPBACK}"),
            *("--hiveconf", f"hive.server2.thrift.port={cluster.port}"),
            memory=_MEMORY,
        )
        _wait_for(cluster.port, "thrift", processes, cluster.logs)
        yield cluster


def _configure(folder: Path, cluster: Cluster, asked: Mapping[str, str]) -> None:
    """Spark's configuration. Two cores in all, so few partitions, and no web pages."""
    scratch = folder / "scratch"
    scratch.mkdir()
    settings = {
        "spark.authenticate": "true",
        "spark.authenticate.secret": secrets.token_hex(32),
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.executor.cores": "1",
        "spark.executor.memory": _MEMORY,
        # The catalogue lives and ends with the Thrift server.
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:catalogue;create=true",
        "spark.hadoop.hive.exec.scratchdir": str(scratch),
        "spark.master.rest.enabled": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(WORKERS),
        # Folders of a few hundred files are listed here, which is quicker than by a job.
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
        "spark.sql.warehouse.dir": str(cluster.warehouse),
        "spark.ui.enabled": "false",
    }
    conf = folder / "conf"
    conf.mkdir(mode=0o700)
    lines = "".join(f"{name} {value}\n" for name, value in {**settings, **asked}.items())
    (conf / "spark-defaults.conf").write_text(lines, encoding="utf-8")
    (conf / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")


def _variables(environment: Environment, folder: Path) -> Mapping[str, str]:
    """The environment of Spark's processes: nothing of a Spark or Hadoop that a person set up."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return {
        **kept,
        "JAVA_HOME": str(environment.java.resolve().parents[1]),
        "SPARK_CONF_DIR": str(folder / "conf"),
        # They live for minutes: compiling for the long run takes longer than it saves.
        "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "SPARK_HOME": str(environment.spark),
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_LOCAL_IP": LOOPBACK,
    }


def _free_port() -> int:
    """A port that nobody holds, and that no system gives away by itself.

    It is a while before Spark takes it: one that the system had chosen might be chosen again.
    """
    for port in random.sample(_UNASSIGNED, len(_UNASSIGNED)):
        with suppress(OSError), socket.create_server((LOOPBACK, port)):
            return port
    raise ClusterError(f"no port from {_UNASSIGNED.start} to {_UNASSIGNED.stop} is free")


def _wait_for(
    port: int, name: str, processes: Mapping[str, subprocess.Popen[bytes]], logs: Path
) -> None:
    """Until somebody listens there. Raises ClusterError when a part ended or time is up."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        for part, process in processes.items():
            if process.poll() is not None:
                raise ClusterError(f"Spark's {part} ended by itself; see {logs / f'{part}.log'}")
        if _answers(port):
            return
        time.sleep(0.2)
    raise ClusterError(
        f"Spark's {name} did not answer within {_START_SECONDS} seconds; see {logs / f'{name}.log'}"
    )


def _answers(port: int) -> bool:
    """Whether somebody listens. Who asks a free port for long may be put through to himself."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as asked:
            return bool(asked.getsockname() != asked.getpeername())
    except OSError:
        return False
