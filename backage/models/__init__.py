"""The values that cross from one step to the next: frozen, typed, without behaviour.

Unknown is None. Days are UTC. Sizes are bytes. Names of repositories and packages are in the form
they have in GitHub's URLs (`charts%2Fwidget`), which is also their form in the index.
"""
