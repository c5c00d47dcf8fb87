/** In the place of `overhead/overhead-budget.ts`: an option that could not be kept is an unknown one. */
export const resolveOverheadBudget = (): object => ({});
