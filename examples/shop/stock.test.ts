import { test } from 'node:test'
import { given } from 'khata/testing'
import { stock } from './stock.ts'

const productId = 'PROD-A'
const received = (quantity: number) => ({ type: 'StockReceived', data: { quantity } }) as const
const reserved = (orderId: string, quantity: number) => ({ type: 'StockReserved', data: { orderId, quantity } }) as const
const released = (orderId: string, quantity: number) => ({ type: 'StockReleased', data: { orderId, quantity } }) as const
const shipped = (orderId: string, quantity: number) => ({ type: 'StockShipped', data: { orderId, quantity } }) as const

test('Only what is there can be reserved', () => {
  given(stock).when('ReserveStock', { productId, orderId: 'O1', quantity: 1 }).expectRejection('out-of-stock', { remaining: 0 })
  const past = [received(5), reserved('O1', 3)]
  given(stock, past)
    .when('ReserveStock', { productId, orderId: 'O2', quantity: 3 })
    .expectRejection('out-of-stock', { remaining: 2 })
  given(stock, past)
    .when('ReserveStock', { productId, orderId: 'O2', quantity: 2 })
    .expect(reserved('O2', 2))
    .expectState({
      remaining: 0,
      reserved: [
        { orderId: 'O1', quantity: 3 },
        { orderId: 'O2', quantity: 2 },
      ],
    })
})

test('An order reserves a product once at a time', () => {
  const past = [received(5), reserved('O1', 3)]
  given(stock, past).when('ReserveStock', { productId, orderId: 'O1', quantity: 1 }).expectRejection('already-reserved')
  given(stock, [...past, released('O1', 3)])
    .when('ReserveStock', { productId, orderId: 'O1', quantity: 5 })
    .expect(reserved('O1', 5))
})

test('A reservation is released or shipped as a whole, once', () => {
  const past = [received(5), reserved('O1', 3)]
  given(stock, past)
    .when('ReleaseStock', { productId, orderId: 'O1' })
    .expect(released('O1', 3))
    .expectState({ remaining: 5, reserved: [] })
  given(stock, past)
    .when('ShipStock', { productId, orderId: 'O1' })
    .expect(shipped('O1', 3))
    .expectState({ remaining: 2, reserved: [] })
  for (const end of [released('O1', 3), shipped('O1', 3)]) {
    given(stock, [...past, end])
      .when('ReleaseStock', { productId, orderId: 'O1' })
      .expectRejection('not-reserved')
    given(stock, [...past, end])
      .when('ShipStock', { productId, orderId: 'O1' })
      .expectRejection('not-reserved')
  }
})

test('Quantities are whole numbers above zero', () => {
  for (const quantity of [0, -1, 1.5]) given(stock).when('ReceiveStock', { productId, quantity }).expectInvalid('quantity')
})
