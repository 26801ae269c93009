# Drives a worker's REST API with two published clients, kafka-connect-py and kafka-connect-api; ends silently if all is as they expect.
import json
import sys
import time

from kafka_connect import KafkaConnect
from kafka_connect_api.errors import GenericNotFound
from kafka_connect_api.kafka_connect_api import Api, Cluster
from requests.exceptions import HTTPError

url, name, config = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


def becomes(look, wanted):
    while look() != wanted:
        time.sleep(0.05)


client = KafkaConnect(url=url)
assert client.get_cluster_info()["version"] == "4.3.1"
assert any(plugin["class"] == config["connector.class"] for plugin in client.list_connector_plugins())
assert client.validate_connector_config(config["connector.class"], {**config, "name": name})["error_count"] == 0

created = client.create_connector({"name": name, "config": config})
assert created["config"] == {**config, "name": name}, created
assert client.list_connectors() == [name]
states = lambda: [client.get_connector_status(name)["connector"]["state"]] + [
    task["state"] for task in client.get_connector_status(name)["tasks"]
]
becomes(states, ["RUNNING", "RUNNING"])
assert list(client.list_connectors(expand="status", state="RUNNING")) == [name]
assert client.get_connector_task_status(name, 0)["state"] == "RUNNING"
assert client.list_connector_tasks(name)[0]["id"] == {"connector": name, "task": 0}

client.pause_connector(name)
becomes(states, ["PAUSED", "PAUSED"])
client.resume_connector(name)
becomes(states, ["RUNNING", "RUNNING"])
client.restart_connector(name)
client.restart_connector(name, include_tasks=True)
becomes(states, ["RUNNING", "RUNNING"])
client.restart_connector_task(name, 0)
becomes(states, ["RUNNING", "RUNNING"])
client.update_connector(name, {**config, "tasks.max": "2"})
becomes(states, ["RUNNING", "RUNNING", "RUNNING"])
assert client.list_connector_topics(name) == {name: {"topics": []}}
client.reset_connector_topics(name)
client.stop_connector(name)
becomes(states, ["STOPPED"])
client.resume_connector(name)
becomes(states, ["RUNNING", "RUNNING", "RUNNING"])
try:
    client.create_connector({"name": name, "config": config})
    raise SystemExit("a second connector of that name was created")
except HTTPError as error:
    assert error.response.status_code == 409

cluster = Cluster(Api(url=url))
assert cluster.version == "4.3.1" and len(cluster.kafka_cluster) > 10
connector = cluster.connectors[name]
assert connector.exists() and connector.state == "RUNNING"
assert connector.config["tasks.max"] == "2"
assert len(connector.tasks) == 2 and connector.tasks[1].is_running
connector.cycle_connector()
becomes(lambda: connector.state, "RUNNING")
connector.config = config
becomes(lambda: len(connector.tasks), 1)
cluster.root_logger = "DEBUG"
assert cluster.root_logger["level"] == "DEBUG"
cluster.root_logger = "INFO"
connector.delete()
try:
    connector.exists()
    raise SystemExit("a deleted connector is still there")
except GenericNotFound as error:
    assert "not found" in str(error)
assert client.list_connectors() == []
