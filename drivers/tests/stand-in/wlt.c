/*
 * Replaces a reader maker's decoding library in tests of the helper process. It decodes nothing:
 * the picture is grey, as dark as the first byte of its input. Each function behaves like a real
 * library might, well or badly.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 102, HEIGHT = 126, ROW = 308, HEADER = 54, LENGTH = HEADER + ROW * HEIGHT };

static void number(unsigned char *at, unsigned value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

int wlt2bmp(const unsigned char *wlt, unsigned char *bmp, int kind)
{
    (void)kind;
    memset(bmp, wlt[0], LENGTH);
    memset(bmp, 0, HEADER);
    bmp[0] = 'B';
    bmp[1] = 'M';
    number(bmp + 2, LENGTH);
    number(bmp + 10, HEADER);
    number(bmp + 14, 40);
    number(bmp + 18, WIDTH);
    number(bmp + 22, HEIGHT);
    bmp[26] = 1;
    bmp[28] = 24;
    return 1;
}

int crashes(const unsigned char *wlt, unsigned char *bmp, int kind)
{
    (void)wlt, (void)bmp, (void)kind;
    *(volatile int *)0 = 1;
    return 1;
}

/* Sleeps, so that only the time limit can end it. */
int hangs(const unsigned char *wlt, unsigned char *bmp, int kind)
{
    (void)wlt, (void)bmp, (void)kind;
    for (;;)
        pause();
}

/* Never stops working, so that the limit on processor time ends it first. */
int spins(const unsigned char *wlt, unsigned char *bmp, int kind)
{
    (void)wlt, (void)bmp;
    for (volatile int i = kind;; i++)
        ;
}

int takes_all_memory(const unsigned char *wlt, unsigned char *bmp, int kind)
{
    (void)wlt, (void)bmp, (void)kind;
    for (;;) {
        void *block = malloc(16 << 20);
        if (!block)
            abort();
        memset(block, 1, 16 << 20);
    }
}

int does_nothing(const unsigned char *wlt, unsigned char *bmp, int kind)
{
    (void)wlt, (void)bmp, (void)kind;
    return 1;
}
