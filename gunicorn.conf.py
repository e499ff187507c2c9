"""How gunicorn serves the platform; every value can be set in the environment."""

import os
import subprocess
import sys
import threading

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 30
control_socket_disable = True  # nothing here is steered through a socket in somebody's home
max_requests = 5000
max_requests_jitter = 500
accesslog = os.environ.get("ACCESS_LOG") or None
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


def when_ready(server):
    """Load word lists and compiled code once, before the workers are made: they share the pages. Where no compiled
    code could be kept (a code folder that may not be written) this compiles it, once for all workers."""
    from matchplatform.matching.engine.warming import warm

    warm()
    start_consumer(server)


def start_consumer(server):
    """Background work has a process of its own, unless somebody else runs `flask jobs work` (JOBS=external).

    It is kept on the server: a reload reads this file anew and would forget a name in it.
    """
    if os.environ.get("JOBS", "embedded") == "embedded":
        server.consumer = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work", "--parent", str(os.getpid())])


def stop_consumer(server):
    """Let the consumer come to the end of its chunk; what it had in hand goes on next time."""
    consumer = getattr(server, "consumer", None)
    if consumer is not None:
        consumer.terminate()
        try:
            consumer.wait(25)
        except subprocess.TimeoutExpired:
            consumer.kill()
            consumer.wait()
        server.consumer = None


def on_reload(server):
    """New code and settings are for the consumer too. The old one ends with its chunk; two at once do no harm."""
    if getattr(server, "consumer", None) is not None:
        server.consumer.terminate()
    start_consumer(server)


def on_exit(server):
    """End the consumer with the master; when the master is killed, the consumer sees that and ends by itself."""
    stop_consumer(server)


def post_worker_init(worker):
    """Load the models of meaning while the first requests are answered: nobody waits two seconds for them."""
    from matchplatform.matching import meaning

    def load():
        with worker.wsgi.app_context():
            meaning.meanings()

    threading.Thread(target=load, name="models", daemon=True).start()
