"""The server half: routes below ``jupyter-mlx/`` of the Jupyter server."""
