/** In the place of a person's initials. */
export const GroupMark = () => (
  <span class="initials group">
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="6" cy="5.25" r="2.25" />
      <path d="M1.75 12.75c0-2.3 1.9-3.9 4.25-3.9s4.25 1.6 4.25 3.9M10.5 3.1a2.25 2.25 0 0 1 0 4.3M12 9.2c1.4.6 2.3 1.9 2.3 3.55" />
    </svg>
  </span>
)
