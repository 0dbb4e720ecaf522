"""What is right: one topic of the lectures a file, as readable NumPy.

How to read it. A file opens with its formulas, shapes and conventions and with where the lectures teach them
(`deck:line`); the code below says the same, one formula a line. `forward` returns its output and a cache,
`backward` takes the gradient of a scalar loss with respect to that output (`dout`) and the cache, and returns
one gradient for each input, in the input's shape.

The first axis is the batch. Nothing is changed in place and nothing is rounded on the way: float64 in gives
float64 out and float32 in gives float32 out, so the distance between the two tells how well a problem is
conditioned. Numbers such as eps or momentum are Python floats.
"""
