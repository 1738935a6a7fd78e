"""World and profile of use -> Bill: what a month costs, from resolved properties and dated prices."""
