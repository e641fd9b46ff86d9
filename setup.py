"""mirliton: from collections of music to trained, evaluated models."""

from pathlib import Path

from setuptools import find_packages, setup

CORE = [
    "numpy>=2.0",
    "soundfile>=0.13",
    "soxr>=0.5",
    "mido>=1.3",
    "msgspec>=0.19",
    "pretty_midi>=0.2.11",
    "typer>=0.15",
    "rich>=13",
]
ONNX = ["onnxruntime>=1.20"]
LISTEN = [
    *ONNX,
    "graphql-core>=3.2",
    "midirenderer>=0.1.3",
    "pillow>=10",
    "starlette>=0.40",
    "uvicorn>=0.30",
]
TRAINING = [
    *LISTEN,
    "dagster>=1.13,<1.14",
    "dagster-webserver>=1.13,<1.14",
    "dask>=2026.1",
    "distributed>=2026.1",
    "fsspec>=2025.1",
    "jinja2>=3.1",
    "keras>=3.12,<4",
    "librosa>=0.11",
    "matplotlib>=3.9",
    "mir_eval>=0.8",
    "mlflow>=3.10,<3.18",
    "nvidia-ml-py>=12",
    "onnx>=1.17",
    "optuna>=4.5",
    "pooch>=1.8",
    "psutil>=6",
    "pyarrow>=17",
    "python-dotenv>=1",
    "requests>=2.32",
    "scipy>=1.13",
    "threadpoolctl>=3",
    "urllib3>=2",
    "zarr>=3.1",
]
PIPELINE = [*TRAINING, "tensorflow>=2.20", "tf2onnx>=1.17"]
DEV = [
    "cosmic-ray>=8.7",
    "hypothesis>=6",
    "import-linter>=2",
    "moto[s3]>=5",
    "mypy>=1.15",
    "playwright>=1.60",
    "pytest>=8",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.6",
    "ruff>=0.11",
    "types-psutil",
    "websockets>=13",
]
JAX = ["jax>=0.5"]
# No part of DEV: what PyPI has for Linux brings CUDA, 5 GB on disk, and there is no package without it.
TORCH = ["torch>=2.9"]
POSTGRES = ["dagster-postgres>=0.29,<0.30", "psycopg2-binary>=2.9"]
S3 = ["boto3>=1.36", "obstore>=0.8"]
MIRDATA = ["mirdata>=1.0,<2"]

setup(
    name="mirliton",
    version="0.2.0",
    description="A Dagster pipeline for music information retrieval: from collections of music to evaluated models",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0 AND CC-BY-NC-SA-2.0-FR",  # The second is that of the weights that come along, see NOTICE.
    python_requires=">=3.11,<3.14",
    py_modules=["mirliton"],
    packages=find_packages(include=["pipelines*", "assets*", "mir_models*", "storage*"]),
    package_data={
        **{package: ["py.typed"] for package in ("assets", "mir_models")},
        "pipelines": ["py.typed", "servers/pages/*"],
        "storage": [
            "py.typed",
            "pages/*.css",
            "pages/*.js",
            "reports/pages/*.html",
            "reports/pages/*.md",
            "models/shipped/*/model.*",
            "models/shipped/*/card.md",
        ],
    },
    install_requires=CORE,
    extras_require={
        "onnx": ONNX,
        "listen": LISTEN,
        "pipeline": PIPELINE,
        "training": TRAINING,
        "jax": JAX,
        "torch": TORCH,
        "postgres": POSTGRES,
        "s3": S3,
        "mirdata": MIRDATA,
        "dev": [*DEV, *POSTGRES, *MIRDATA, *S3],
    },
    entry_points={"console_scripts": ["mirliton=mirliton:main"]},
)
