/**
 * What somebody typed for a property and neither wrote nor gave up, because they left the page: kept on this device
 * from the first letter, and offered at the property when its contact's page is opened again, whoever's it is by then.
 */
import { useCallback, useEffect, useState } from "react";
import type { Contact } from "../api/types";
import { useSession } from "../app/session";
import type { Draft } from "../sync/device";
import type { Wish } from "./edits";

export interface Drafts {
  /** Left by an earlier visit; not what is being typed now. */
  readonly left: readonly Draft[];
  /** Null: written, or given up. */
  readonly keep: (property: string, wish: Wish | null) => void;
}

export function useDrafts(contact: Contact): Drafts {
  const { device } = useSession();
  const [left, setLeft] = useState<readonly Draft[]>([]);
  const family = [contact.id, ...contact.merged_ids].join(" ");

  useEffect(() => {
    let here = true;
    void device.drafts().then((all) => {
      if (here) setLeft(all.filter(({ contactId }) => family.includes(contactId)));
    });
    return () => {
      here = false;
    };
  }, [device, family]);

  const keep = useCallback(
    (property: string, wish: Wish | null) => {
      void device.dropDrafts(family.split(" "), property);
      if (wish) void device.keepDraft({ ...wish, contactId: contact.id, property });
      const others = (all: readonly Draft[]) => all.filter((each) => each.property !== property);
      setLeft((all) => (others(all).length < all.length ? others(all) : all));
    },
    [device, family, contact.id],
  );
  return { left, keep };
}
