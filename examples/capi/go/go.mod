module lookalike.example/check

go 1.19
