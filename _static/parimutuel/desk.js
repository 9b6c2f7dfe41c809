/* What keeps a decision on one screen: panels at the end of a page become drawers over it, which buttons at its top open; and what has the
   focus does not stay under the bar. Without this script the panels remain panels. */
(function () {
    'use strict';

    const tools = document.getElementById('tools'), bar = document.querySelector('.actions');

    function make(name, attributes, text) {
        const made = document.createElement(name);
        Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
        made.textContent = text || '';
        return made;
    }

    function drawer(sheet) {
        const panel = sheet.parentElement, title = sheet.dataset.drawer;
        const opens = make('button', { type: 'button', class: 'btn', 'aria-haspopup': 'dialog' }, title);
        const closes = make('button', { type: 'button', class: 'btn' }, tools.dataset.close);
        const dialog = make('dialog', { class: 'drawer', 'aria-label': title }), head = make('div', { class: 'drawer-head' });
        head.append(make('strong', {}, title), closes);
        dialog.append(head);
        opens.addEventListener('click', () => { dialog.append(sheet); dialog.showModal(); });
        closes.addEventListener('click', () => dialog.close());
        dialog.addEventListener('close', () => panel.append(sheet));
        dialog.addEventListener('click', (event) => {
            const link = event.target.closest('a[href^="#"]');
            if (link) goTo(event, document.getElementById(link.hash.slice(1)));
            else if (event.target === dialog && event.clientX < dialog.getBoundingClientRect().left) dialog.close();
        });
        panel.classList.add('drawn');
        tools.append(opens);
        document.body.append(dialog);
    }

    // The address stays as it is: what a page remembers goes by it.
    function goTo(event, section) {
        event.preventDefault();
        section.tabIndex = -1;
        section.focus();
    }

    // Not after a press of the mouse, which would let go of another place than it pressed.
    function clear(element) {
        const box = element.getBoundingClientRect();
        if (!bar.contains(element) && (box.bottom > bar.getBoundingClientRect().top || box.top < 0)) element.scrollIntoView({ block: 'center', behavior: 'instant' });
    }

    const wrong = document.getElementById('form-error');
    if (bar && wrong) clear(wrong);
    if (bar) bar.parentElement.addEventListener('focusin', (event) => { if (event.target.matches(':focus-visible')) clear(event.target); });
    if (tools && window.HTMLDialogElement) document.querySelectorAll('[data-drawer]').forEach(drawer);
})();
