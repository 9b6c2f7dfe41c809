"""What each page shows, computed from what a subject may know: template variables and the data of
the page's script.
"""
