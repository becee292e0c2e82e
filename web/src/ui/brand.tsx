/** The mark and the name: a notebook seen from above, its spine in the accent. */
export function Brand({ className = "" }: { readonly className?: string }) {
  return (
    <span className={`flex items-center gap-2 text-[15px] font-[650] tracking-[-0.01em] ${className}`}>
      <svg aria-hidden viewBox="0 0 18 18" className="size-[18px]">
        <rect x="1" y="1" width="16" height="16" rx="4" fill="var(--accent-soft)" stroke="var(--accent)" />
        <path d="M5 1v16c-2.5 0-4-1.500-4-4V5c0-2.500 1.500-4 4-4Z" fill="var(--accent)" />
      </svg>
      Carnet
    </span>
  );
}
