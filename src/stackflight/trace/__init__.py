"""A verb: Needs x Network -> Reaches, each path with every setting that blocks it. Knows no finding."""
