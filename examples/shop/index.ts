import { creditNote } from './credit-note.ts'
import { fulfilment } from './fulfilment.ts'
import { inventory } from './inventory.ts'
import { order } from './order.ts'
import { orderSearch, orderTexts } from './order-search.ts'
import { customerHistory, orderStatus } from './order-status.ts'
import { revenue } from './revenue.ts'
import { stock } from './stock.ts'

export { creditNote, customerHistory, fulfilment, inventory, order, orderSearch, orderStatus, orderTexts, revenue, stock }

/** The parts of the shop, for `khata({ use: shop })`. */
export const shop = [
  order,
  stock,
  fulfilment,
  creditNote,
  orderStatus,
  customerHistory,
  inventory,
  revenue,
  orderTexts,
  orderSearch,
] as const
