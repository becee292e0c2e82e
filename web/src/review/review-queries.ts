/** What a merge left to look at: read with the contact, the same for everybody, gone for all when somebody chose. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { listReviewItems, resolveReviewItem, reviewFurther } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Contact, ReviewItem, ReviewItems } from "../api/types";
import { useText } from "../i18n/language";
import { toast } from "../ui/toasts";

export const reviewKey = (contactId: string) => ["review-items", contactId] as const;

const reviewQuery = (contactId: string, enabled: boolean) =>
  queryOptions({
    queryKey: reviewKey(contactId),
    queryFn: () => listReviewItems(contactId),
    // Followed only while its page is open.
    staleTime: 0,
    enabled,
  });

const NOTHING: ReviewItems = { results: [], further: 0 };

export function useReviewItems(contact: Contact): ReviewItems {
  const merged = contact.merged_ids.length > 0;
  const { data } = useQuery(reviewQuery(contact.id, merged));
  return (merged && data) || NOTHING;
}

export type Choice = "keep" | "take";

/** Chooses: off the list at once, back on it when the server does not agree. */
export function useResolve(contactId: string): (item: ReviewItem, choice: Choice) => void {
  const t = useText();
  const queries = useQueryClient();
  const queryKey = reviewKey(contactId);
  const { mutate } = useMutation({
    mutationFn: ({ item, choice }: { item: ReviewItem; choice: Choice }) =>
      resolveReviewItem(item.id, choice),
    onMutate: async ({ item }) => {
      await queries.cancelQueries({ queryKey });
      const without = ({ results, further }: ReviewItems) => ({
        results: results.filter(({ id }) => id !== item.id),
        further,
      });
      queries.setQueryData<ReviewItems>(queryKey, (all) => all && without(all));
    },
    onError: (error) =>
      toast(error instanceof Unreachable ? t("app.unreachable") : error.message || t("review.failed")),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  return (item, choice) => mutate({ item, choice });
}

/** Some more of the notes that came by merges are to be looked at, by whoever likes. */
export function useFurther(contactId: string) {
  const t = useText();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => reviewFurther(contactId),
    onSuccess: (items) => queries.setQueryData<ReviewItems>(reviewKey(contactId), items),
    onError: (error) =>
      toast(error instanceof Unreachable ? t("app.unreachable") : error.message || t("review.failed")),
  });
}
