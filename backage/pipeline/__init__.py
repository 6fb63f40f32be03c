"""The one place that joins the steps: owners -> plan -> fetch -> parse -> store -> render -> publish."""
