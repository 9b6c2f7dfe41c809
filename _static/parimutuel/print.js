/* A button that prints its page. */
document.getElementById('print').addEventListener('click', () => window.print());
