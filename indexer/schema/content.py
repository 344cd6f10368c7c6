"""Content: what a digest determines. It is stored once, however many stores hold it."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

repositories: Final = table(
    "repositories",
    "Repositories that images are named by, with their full and familiar names.",
    key("repository", "Full name, e.g. docker.io/library/nginx."),
    text("domain", "Registry, e.g. docker.io.", nullable=False),
    text("path", "Name within the registry, e.g. library/nginx.", nullable=False),
    text("familiar_name", "Name as Docker prints it, e.g. nginx.", nullable=False),
    label="familiar_name",
    facets=("domain",),
)

images: Final = table(
    "images",
    "Images by the digest of their config. If a row has only an ID, a tag, a container or a child "
    "refers to the image, but its config is not on the disk.",
    key("image_id", "Digest of the image's config: the image ID of a graph-driver store."),
    text("created_at", "When it was built, according to its config (UTC)."),
    text("author", "Author field of the config."),
    text("comment", "Comment field of the config."),
    text("architecture", "CPU architecture, e.g. amd64."),
    text("os", "Operating system, e.g. linux."),
    text("os_version", "Version of the operating system (Windows)."),
    text("variant", "Variant of the architecture, e.g. v8."),
    text("docker_version", "Version of the engine that built it; engines from 29 on omit it."),
    text("user", "User that its containers run as."),
    text("working_dir", "Working directory of its containers."),
    text("stop_signal", "Signal that stops its containers."),
    text("entrypoint", "Entrypoint as a JSON array."),
    text("cmd", "Default command as a JSON array."),
    text("shell", "Shell for the shell form of RUN and CMD, as a JSON array."),
    text("on_build", "ONBUILD triggers as a JSON array."),
    text("healthcheck", "Health check as a JSON object."),
    number("layer_count", "Number of layers; NULL if the config is not on the disk."),
    number("history_count", "Number of history steps; NULL if the config is not on the disk."),
    text("top_chain_id", "Chain ID of the top layer; NULL for an image without layers."),
    refers("top_chain_id", "layers.chain_id"),
    index("top_chain_id"),
    label="image_id",
    facets=("architecture", "os"),
)

layers: Final = table(
    "layers",
    "Layers by chain ID, which stands for a diff ID and all layers below it. If a row has only an "
    "ID, a mount or a child refers to the layer, but nothing on the disk describes it.",
    key("chain_id", "Chain ID, which is also the name of the folder under layerdb/sha256."),
    text("diff_id", "Digest of the layer's uncompressed tar."),
    text("parent_chain_id", "Chain ID of the layer below; NULL for a bottom layer."),
    refers("parent_chain_id", "layers.chain_id"),
    index("diff_id"),
    index("parent_chain_id"),
    label="chain_id",
)

image_layers: Final = table(
    "image_layers",
    "The layers of each image, bottom first. The same diff ID can be at several positions, each "
    "with a different chain ID.",
    key("image_id", "The image."),
    number_key("position", "1 is the bottom layer."),
    text("chain_id", "Chain ID of the layer at this position.", nullable=False),
    refers("image_id", "images.image_id"),
    refers("chain_id", "layers.chain_id"),
    index("chain_id"),
    label="chain_id",
)

image_history: Final = table(
    "image_history",
    "The steps that made each image, oldest first, with the layer that each step made.",
    key("image_id", "The image."),
    number_key("step", "1 is the oldest step."),
    text("created_at", "When the step ran (UTC)."),
    text("created_by", "The command or Dockerfile instruction."),
    text("comment", "Comment of the step."),
    text("author", "Author of the step."),
    flag("empty_layer", "1 if the step changed only the config.", nullable=False),
    number(
        "position",
        "Position of the layer that it made; NULL if it made none, or if the numbers of steps and "
        "layers do not match.",
    ),
    refers("image_id", "images.image_id"),
    label="created_by",
)

image_labels: Final = table(
    "image_labels",
    "Labels of images.",
    key("image_id", "The image."),
    key("label", "Name of the label."),
    text("value", "Value of the label.", nullable=False),
    refers("image_id", "images.image_id"),
    index("label"),
    label="label",
    facets=("label",),
)

image_env: Final = table(
    "image_env",
    "Environment variables that images set.",
    key("image_id", "The image."),
    key("name", "Name of the variable."),
    text("value", "Value of the variable; NULL unless the sync ran with --env-values."),
    refers("image_id", "images.image_id"),
    index("name"),
    label="name",
    facets=("name",),
)

image_ports: Final = table(
    "image_ports",
    "Ports that images expose.",
    key("image_id", "The image."),
    key("port", "Port and protocol, e.g. 80/tcp."),
    refers("image_id", "images.image_id"),
    label="port",
    facets=("port",),
)

image_volumes: Final = table(
    "image_volumes",
    "Paths that images declare as volumes.",
    key("image_id", "The image."),
    key("path", "Path in the container."),
    refers("image_id", "images.image_id"),
    label="path",
)
