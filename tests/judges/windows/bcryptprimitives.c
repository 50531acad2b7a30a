/* The one library that Wine 8 lacks and every Rust program asks for: random bytes, from the function that Wine has. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    const SIZE_T most = 1 << 24;
    for (SIZE_T part; length > 0; buffer += part, length -= part) {
        part = length < most ? length : most;
        if (!SystemFunction036(buffer, (ULONG)part))
            return FALSE;
    }
    return TRUE;
}
