import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

const ARMING_MS = 500;

/** A question over the page. Focus goes back to where it was; a stray key or click in its first moment answers nothing (A13). */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: (isArmed: boolean) => ComponentChildren;
}): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isArmed, setArmed] = useState(false);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    const timer = setTimeout(() => setArmed(true), ARMING_MS);
    return () => {
      clearTimeout(timer);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children(isArmed)}
    </dialog>
  );
}
